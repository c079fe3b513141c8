import type { Hash } from '../hash.ts'
import type { AssetId, CardId, GrantId, PlaceId, WalletId } from '../id.ts'
import type { Scope } from '../state/record.ts'
import type { Kind } from '../transaction/kinds/transaction-body.ts'
import type { Outcome } from '../transaction/outcome.ts'
import type { PaymentId } from '../transaction/payment-id.ts'

/**
 * A change of one balance, in smallest units, negative when money leaves: of what it has in all, and
 * of what of that is held. What can be spent changes by `change` − `held`.
 */
export type Movement = {
  readonly wallet: WalletId
  readonly asset: AssetId
  readonly change: number
  /** Absent: what is held does not change. */
  readonly held?: number
}

/** What one payer gave of one asset. */
export type Leg = {
  readonly card?: CardId
  readonly wallet: WalletId
  readonly asset: AssetId
  readonly amount: number
}

/**
 * What one recorded transaction did, in ledger order (height, index). A refused one moves nothing.
 * `created` lists ids that came into being; `legs` is there for sales and refunds.
 */
export type LedgerEvent = {
  readonly height: number
  readonly index: number
  readonly timeMs: number
  readonly kind: Kind
  readonly id: PaymentId
  readonly scope: Scope
  readonly place?: PlaceId
  /** The grant that it was signed under, the first where a batch names several. */
  readonly grant?: GrantId
  readonly outcome: Outcome
  readonly movements: readonly Movement[]
  readonly created: readonly string[]
  readonly legs?: readonly Leg[]
  readonly facts?: EventFacts
}

/** What an event tells that its movements do not. */
export type EventFacts = {
  /** What a payer lacked. */
  readonly missingAmount?: number
  readonly cancelled?: boolean
  /** End of a membership; of a correction, when it may take effect. */
  readonly untilMs?: number
  /** How often somebody has come, this time included. */
  readonly visits?: number
  /** How long somebody was there this time. */
  readonly stayedMs?: number
  /** What a reversal took from neither the wallet nor the reserve: it added to the deficit. */
  readonly uncovered?: number
  /** Of a correction: the hash of why. */
  readonly reason?: Hash
}
