import { units } from '#protocol/amount.ts'
import type { ChargeCaps } from '#protocol/transaction/kinds/terms.ts'

/** Bounds of the desk, each with its reason. None is shared with peers. */

/** Life of a transaction that the node signs for a till: longer than anybody waits at a counter. */
export const ORDER_LIFE_MS = 60_000
/** When to come back to a node that takes nothing now. */
export const RETRY_AFTER_SECONDS = 1
/**
 * API keys of one node: as many as its key store has room for secrets. One that is over, the longest
 * first, is forgotten when another needs its room.
 */
export const API_KEYS_MAX = 1_000
/** Least time between two notes of a key's last use: a note costs a write to disk. */
export const LAST_USE_PAUSE_MS = 60_000
/** Longest life of a signed request, and so the most that the clock of a device may be behind ours. */
export const REQUEST_LIFE_SECONDS = 60
/** How far it may be ahead. After a start nobody is heard for so long: each second of it costs one. */
export const REQUEST_AHEAD_SECONDS = 5
/**
 * Signed requests remembered at a time, of tills and of holders each: a till may send 3,450 within the
 * 65 s that one counts, a holder 355; beyond it the next one waits. Some 200 bytes each.
 */
export const REPLAYS_MAX = 65_536
/** How much later than the head that is told a block may be whose state is read: far more than any is. */
export const FORGETTING_MARGIN_MS = 60_000
/** Tombstones and expiries read at once when lapsed ones are forgotten. */
export const SWEEP_PAGE = 500

/** What cards that a till registers without naming a batch belong to, by strength. */
export const TILL_BATCHES = { weak: 'till', secret: 'till-secret' } as const
/**
 * Caps of such a batch per charge, and per card, place and day. A weak card proves nothing: 50.00 is
 * a round for a table, 100.00 what an evening takes. A secret card signs: a whole day for a family.
 */
export const TILL_BATCH_CAPS: { readonly [S in keyof typeof TILL_BATCHES]: ChargeCaps } = {
  weak: { charge: units(5_000), day: units(10_000) },
  secret: { charge: units(20_000), day: units(50_000) },
}
