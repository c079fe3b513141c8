import type { AssetId, CardId, HoldId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent, Leg } from '#protocol/ledger/event.ts'
import type { CardRecord } from '#protocol/state/record.ts'
import type { DoorCode, RefusalCode } from '#protocol/transaction/outcome.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'

/** In a final block, with effect. */
export type Applied = { readonly status: 'applied'; readonly event: LedgerEvent }

/**
 * What a refusal lacked: so much of the asset, where only one would do, or of any that has this unit and
 * scale. `legs`: what the payers could have given. `heldElsewhere`: what other places have reserved of
 * the payers' money, and were asked by this refusal to give back. `stateMs`: the node was cut off; what
 * happened since that time it did not know.
 */
export type RefusalFacts = {
  readonly missingAmount?: number
  readonly asset?: AssetId
  readonly unit?: string
  readonly scale?: number
  readonly legs?: readonly Leg[]
  readonly heldElsewhere?: number
  readonly stateMs?: number
}

/**
 * State says no. With `event`: recorded in a final block. Without: refused by the node that would have
 * signed it, before signing, with a durable tombstone for the id.
 */
export type Refused = {
  readonly status: 'refused'
  readonly code: RefusalCode
  readonly facts: RefusalFacts
  readonly event?: LedgerEvent
}

/** A cancellation used the id up first. `event` is that of the cancellation. */
export type Cancelled = { readonly status: 'cancelled'; readonly event: LedgerEvent }

/** The chain passed the payment's expiry without it, at this block. */
export type Expired = {
  readonly status: 'expired'
  readonly height: number
  readonly timeMs: number
}

/** In the node's fsynced outbox: it will be in a block, or expire. */
export type Pending = { readonly status: 'pending'; readonly sinceMs: number }

/** Money that a lease of this node kept apart, given to its place. */
export type LeaseCapture = {
  readonly hold: HoldId
  readonly amount: number
  /** Whose money, and of what; absent where the node was told of nothing but the hold. */
  readonly from?: { readonly card?: CardId; readonly wallet: WalletId; readonly asset: AssetId }
  readonly capturedMs: number
}

/**
 * Taken out of a lease, in the node's fsynced journal: the ledger had set the money apart, and no
 * final block tells of it yet. `left`: what can still be captured of the lease here.
 */
export type Captured = LeaseCapture & { readonly status: 'captured'; readonly left: number }

/** Was captured, and came to the ledger too late or not at all, for this reason: the place's loss. */
export type Lost = LeaseCapture & { readonly status: 'lost'; readonly code: string }

/** Final, and nothing moved nor ever will. */
export type Declined = Refused | Cancelled | Expired | Lost
/** What is known of one payment id in one scope. */
export type TransactionState = Applied | Declined | Pending | Captured

/** An answer about a payment id. `replayed`: the id had been submitted before with this content. */
export type Settlement<S extends TransactionState = TransactionState> = {
  readonly kind: 'outcome'
  readonly id: PaymentId
  readonly state: S
  readonly replayed: boolean
}

/**
 * What this API turns away although a block may contain it. `cancellation_too_short`: its expiry comes
 * before its id lapses, so that it could expire while the payment still takes effect.
 */
export type ApiDoorCode = 'cancellation_too_short'

/** Turned away at the door: not recorded, not in the outbox. */
export type TurnedAway = { readonly kind: 'turned_away'; readonly code: DoorCode | ApiDoorCode }

/**
 * Codes of a node that cannot take the request now. Nothing was written to its outbox. `node_starting`
 * also of what it held before: it does not know yet whether that has an outcome. The last three are of a
 * node in mode `leases_only`: this cannot be done from a lease; there is none; there is not enough in it.
 */
export type UnavailableCode =
  | 'node_starting'
  | 'node_blocked'
  | 'node_overloaded'
  | 'ledger_required'
  | 'lease_missing'
  | 'lease_insufficient'
/** `facts`: of a lease that does not suffice, what is missing and what is left. */
export type Unavailable = {
  readonly kind: 'unavailable'
  readonly code: UnavailableCode
  readonly retryAfterSeconds: number
  readonly facts?: {
    readonly missingAmount: number
    readonly asset: AssetId
    readonly left: number
  }
}

/**
 * Codes of an order that the desk cannot turn into a transaction as it stands. `captures_pending`: what
 * was captured of a hold is not final yet, and releasing it would take that away. `hold_elsewhere`: another
 * key captures from the hold. `sale_pending`: what is
 * to be refunded is not final here yet, so that nobody can say whether it was sold. `order_mismatch`: what
 * others signed is about something else than what is asked for. `grant_bounded`: the ledger wants the
 * place's own key for it, which signs for no grant that bounds assets or amounts. `place_key_missing`: that
 * key is not kept here.
 */
export type OrderCode =
  | 'asset_required'
  | 'captures_pending'
  | 'grant_bounded'
  | 'hold_elsewhere'
  | 'order_mismatch'
  | 'place_key_missing'
  | 'sale_pending'
  | 'tags_not_supported'
export type Unclear = { readonly kind: 'unclear'; readonly code: OrderCode }

export type SubmissionAnswer = Settlement | TurnedAway | Unavailable
export type DeskAnswer = SubmissionAnswer | Unclear

/**
 * The card is as asked. `applied` tells by which transaction; absent when it was so already, which is
 * how a registration repeated without an id is answered.
 */
export type CardDone = {
  readonly kind: 'card'
  readonly card: CardRecord
  readonly applied?: { readonly id: PaymentId } & Applied
  readonly replayed: boolean
}
export type CardAnswer =
  | CardDone
  | Settlement<Declined | Pending | Captured>
  | Exclude<DeskAnswer, Settlement>
