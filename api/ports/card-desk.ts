import type { CardId, Key } from '#protocol/id.ts'
import type { BatchMandate, CardStrength } from '#protocol/transaction/kinds/card.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { CardName, CardOrder, Errand } from './desk.ts'
import type {
  Applied,
  Captured,
  CardAnswer,
  Declined,
  DeskAnswer,
  Pending,
  Settlement,
  SubmissionAnswer,
  Unclear,
} from './outcome.ts'

/**
 * Up to 500 cards of one batch, all or nothing; activated too if asked. Without a mandate: that of the
 * batch, or what such cards get at a till. `claims`: the node makes a claim code for each.
 */
export type BatchOrder = {
  readonly id: PaymentId
  readonly batch: string
  readonly strength: CardStrength
  readonly cards: readonly CardName[]
  readonly mandate?: BatchMandate
  /** Vouches for the taps of dynamic cards. */
  readonly attester?: Key
  readonly claims: boolean
  readonly activate: boolean
}

/** A card of a batch. `claim`: its 16 bytes, told to whoever asked first, and kept by nobody. */
export type BatchCard = { readonly card: CardId; readonly claim?: Uint8Array }

/** The batch as it was sent to the ledger, in the order of the cards. */
export type BatchTaken = {
  readonly kind: 'batch'
  readonly settlement: Settlement<Applied | Pending>
  readonly cards: readonly BatchCard[]
}
export type BatchAnswer =
  | BatchTaken
  | Settlement<Declined | Captured>
  | Exclude<DeskAnswer, Settlement>

/** A blank card takes the place of another. `claim`: the code of the former one, where it has one. */
export type ReplaceOrder = CardOrder & { readonly with: CardName; readonly claim?: Uint8Array }

/**
 * What the holder of a wallet signed to have a card linked to it. By its id alone: whether a tag is of
 * that card is nothing to be told to strangers.
 */
export type LinkOrder = { readonly card: CardId; readonly transaction: string }

/** Cards beside what a till does at the counter; as `Desk` in all else. */
export type CardDesk = {
  readonly registerBatch: (order: BatchOrder, errand: Errand) => Promise<BatchAnswer>
  readonly unblockCard: (order: CardOrder, errand: Errand) => Promise<CardAnswer>
  readonly voidCard: (order: CardOrder, errand: Errand) => Promise<CardAnswer>
  readonly replaceCard: (order: ReplaceOrder, errand: Errand) => Promise<CardAnswer>
  /** Submits it, if it links that card: nothing here is signed by the node. */
  readonly linkCard: (
    order: LinkOrder,
    waiting: Pick<Errand, 'waitMs' | 'signal'>,
  ) => Promise<SubmissionAnswer | Unclear>
}
