import type { Hash } from '#protocol/hash.ts'
import type { AssetId, HoldId, WalletId } from '#protocol/id.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Errand } from './desk.ts'
import type { DeskAnswer, TurnedAway, Unclear } from './outcome.ts'

/**
 * Money is to leave the ledger: the place's takings of a federated asset; or, with `from`, what a person
 * has of the place's own, by the consent that they signed.
 */
export type PayoutOrder = {
  readonly id: PaymentId
  readonly asset: AssetId
  readonly amount: number
  readonly from?: { readonly wallet: WalletId; readonly consent: string }
}

/** How a payout ended outside. `reference`: the hash of what the bank or the gateway calls it. */
export type PayoutEnd = {
  readonly id: PaymentId
  readonly hold: HoldId
  readonly paid: boolean
  readonly reference: Hash
}

export type ClearingBody = BodyOf<'clearing.open'> | BodyOf<'clearing.settle'>

/** What the proposing place is to sign, and until when the other one's consent to it is good. */
export type ClearingProposal = {
  readonly id: PaymentId
  readonly body: ClearingBody
  readonly expiresAtMs: number
}

/** What a proposing place says of a clearing; its grant and its name are the caller's. */
export type ClearingTerms =
  | Omit<BodyOf<'clearing.open'>, 'place' | 'grant'>
  | Omit<BodyOf<'clearing.settle'>, 'place' | 'grant'>

/** `terms`: the hash that the other place agrees to. Nothing is kept and nothing is signed. */
export type Proposed = {
  readonly kind: 'proposal'
  readonly proposal: ClearingProposal
  readonly terms: Hash
}
export type Agreed = { readonly kind: 'consent'; readonly consent: string }

/**
 * Money between places, and out of the ledger; as `Desk` in all else. What the ledger wants the place's
 * own key for, a payout's end and the consent to a clearing, the node signs with that key, for a caller
 * whose grants have the action and bound neither assets nor amounts.
 */
export type SettlementDesk = {
  readonly redeem: (order: PayoutOrder, errand: Errand) => Promise<DeskAnswer>
  readonly endPayout: (order: PayoutEnd, errand: Errand) => Promise<DeskAnswer>
  readonly proposeClearing: (
    order: { readonly id: PaymentId; readonly terms: ClearingTerms },
    errand: Errand,
  ) => Proposed | TurnedAway
  readonly agreeToClearing: (proposal: ClearingProposal, errand: Errand) => Agreed | Unclear
  readonly clear: (
    order: { readonly proposal: ClearingProposal; readonly consent: string },
    errand: Errand,
  ) => Promise<DeskAnswer>
}
