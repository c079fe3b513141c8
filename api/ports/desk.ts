import type { Hash } from '#protocol/hash.ts'
import type { AssetId, CardId, WalletId } from '#protocol/id.ts'
import type { SaleLines } from '#protocol/transaction/kinds/sale-line.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Caller } from './caller.ts'
import type { CardDesk } from './card-desk.ts'
import type { HoldDesk } from './hold-desk.ts'
import type { CardAnswer, DeskAnswer } from './outcome.ts'
import type { ServiceDesk } from './service-desk.ts'
import type { SettlementDesk } from './settlement-desk.ts'

/** How a card is named at a desk: UID of its tag in upper-case hex (weak), or its 16 secret bytes. */
export type TagName = { readonly tag: string }
export type SecretName = { readonly secret: Uint8Array }
export type CardName = TagName | SecretName | { readonly card: CardId }

/**
 * Who pays. A wallet's consent is the holder's JWS over this payment id; a `tap` is that of the attester
 * who vouches for a dynamic card's.
 */
export type PayerName =
  | (CardName & { readonly tap?: string | undefined })
  | { readonly wallet: WalletId; readonly consent: string }

/**
 * Takes `amount` from the payers in order, assets in order (default: the place's order of debit).
 * `lines`: what of it is for a membership, money, a deposit or a tip. `consents`: of second minters.
 */
export type PaymentOrder = {
  readonly id: PaymentId
  readonly payers: readonly PayerName[]
  readonly amount: number
  readonly unit: string
  readonly scale: number
  readonly assets?: readonly AssetId[]
  readonly lines?: SaleLines
  /** Hash of what was sold, which the venue keeps. */
  readonly memo?: Hash
  readonly consents?: readonly string[]
}

/** Gives a payment back, whole (no amount: all that is left) or in part. */
export type RefundOrder = {
  readonly id: PaymentId
  readonly sale: PaymentId
  readonly amount?: number
}

/**
 * Issues the place's money: against cash or a card payment `local`, as a present `gift`. Without an asset:
 * the place's only one of that category, else `asset_required`. `consents`: of a second minter.
 */
export type TopUpOrder = {
  readonly id: PaymentId
  readonly to: CardName | { readonly wallet: WalletId }
  readonly amount: number
  /** Default: `local`. */
  readonly category?: 'local' | 'gift'
  readonly asset?: AssetId
  readonly consents?: readonly string[]
}

/** Gives cash for card money. `secret` signs the consent of a secret card; it must be that card's. */
export type CashoutOrder = {
  readonly id: PaymentId
  readonly payer: CardName
  readonly secret?: Uint8Array
  readonly amount: number
  readonly asset?: AssetId
}

/** Registers a weak (tag) or secret card of the place; activates it too if asked, all or nothing. */
export type RegistrationOrder = {
  readonly id?: PaymentId
  readonly card: TagName | SecretName
  readonly activate: boolean
}

/** Activates or blocks one card. */
export type CardOrder = { readonly id?: PaymentId; readonly card: CardName }

/** For whom, and how long to wait for finality. `signal` ends the waiting, never the submission. */
export type Errand = {
  readonly caller: Caller
  readonly waitMs: number
  readonly signal: AbortSignal
}

/**
 * The node builds and signs for an API key. For every method: an id already used with this content
 * answers as a replay of the first signed bytes; with other content `turned_away: id_reused`. State's
 * no is told before signing (`refused` without event). Pending only once the bytes are in the fsynced
 * outbox. Secrets are forgotten when the consent is signed.
 */
export type Desk = CardDesk &
  HoldDesk &
  ServiceDesk &
  SettlementDesk & {
    readonly pay: (order: PaymentOrder, errand: Errand) => Promise<DeskAnswer>
    readonly refund: (order: RefundOrder, errand: Errand) => Promise<DeskAnswer>
    /** Uses the id up; answers what became of the payment, `cancelled` if the cancellation was first. */
    readonly cancel: (id: PaymentId, errand: Errand) => Promise<DeskAnswer>
    readonly topUp: (order: TopUpOrder, errand: Errand) => Promise<DeskAnswer>
    readonly cashOut: (order: CashoutOrder, errand: Errand) => Promise<DeskAnswer>
    readonly registerCard: (order: RegistrationOrder, errand: Errand) => Promise<CardAnswer>
    readonly activateCard: (order: CardOrder, errand: Errand) => Promise<CardAnswer>
    readonly blockCard: (order: CardOrder, errand: Errand) => Promise<CardAnswer>
  }
