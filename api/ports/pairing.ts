import type { GrantId, Key, NetworkId, PlaceId } from '#protocol/id.ts'
import type { GrantAction } from '#protocol/transaction/kinds/grant.ts'
import type { Applied, Expired, Settlement, SubmissionAnswer, TransactionState } from './outcome.ts'

/**
 * `pairing_unknown`: no such code, or one that ended long ago. `pairing_expired`: nobody used it in time,
 * or its grant came to nothing. `pairing_spent`: another key used it.
 */
export type PairingCode = 'pairing_unknown' | 'pairing_expired' | 'pairing_spent'

/** What a till is told once its key has a grant on the ledger. */
export type Paired = {
  readonly kind: 'paired'
  readonly place: PlaceId
  readonly grant: GrantId
  readonly till: string
  readonly actions: readonly GrantAction[]
  readonly network: NetworkId
  /** It was told before. */
  readonly replayed: boolean
}

export type PairingAnswer =
  | Paired
  | { readonly kind: 'not_paired'; readonly code: PairingCode }
  | Settlement<Exclude<TransactionState, Applied | Expired>>
  | Exclude<SubmissionAnswer, Settlement>

/**
 * Gives the key that shows a one-time code its grant. The same key again, at any time of the same day,
 * is told the same; whatever happens in between, one code is one grant at most.
 */
export type Pairings = {
  readonly pair: (
    order: { readonly code: string; readonly key: Key },
    waitMs: number,
  ) => Promise<PairingAnswer>
}
