/** Captures in the journal, those that came to nothing among them: a long day of a large venue cut off. */
export const CAPTURES_MAX = 50_000
/** Grants with a cap that captures are counted under: every till of a large venue, for years. */
export const GRANTS_COUNTED_MAX = 10_000
/** Open holds whose grants are known: beyond that a capture counts under the grant that opened it too. */
export const HOLD_GRANTS_MAX = 50_000
/**
 * Captures in the outbox at one time: as many as some blocks take. The authorities keep four times as many
 * waiting transactions of one place, and what is sold meanwhile shares them.
 */
export const DELIVERED_AT_ONCE_MAX = 256
/** From one look at the journal to the next: what is settled leaves it, the clock is noted in it. */
export const LEASE_TICK_MS = 60_000
/** How long a capture that came to nothing stays in the report: as long as its sale could be refunded. */
export const LOST_KEPT_MS = 90 * 24 * 3_600_000
/** How often the lease clock looks at the final block: it lags by no more, well below the clock skew. */
export const LEASE_CLOCK_MS = 1_000
/** Leases opened or given back by one transaction: well below its 65,536 bytes, and no long block. */
export const LEASE_BATCH_MAX = 50
/** How long the ledger may take for a release before the node goes on without it. */
export const GIVE_BACK_WAIT_MS = 5_000
/** When a release lapses: what is in no block by then is asked for anew. */
export const GIVE_BACK_LIFE_MS = 15_000
/** How often, and from one look to the next, a release waits for captures that are on their way. */
export const GIVE_BACK_LOOKS = 40
export const GIVE_BACK_LOOK_MS = 50
/** Least share of the amount that is worth a lease of its own. */
export const LEASE_SHARE_MIN = 0.1
/** A lease with less than this share of its time or of the amount left is opened anew at the next tap. */
export const REFRESH_SHARE = 0.25
/** Time of a block behind this clock that a lease allows for. */
export const LEASE_MARGIN_MS = 30_000
/** From one look of the policy to the next: a top-up is leased within a second, and payments go before. */
export const KEEPER_TICK_MS = 500
/** Payers that wait for a lease; more are passed over until their next tap: half an hour of batches. */
export const PAYERS_WAITING_MAX = 50_000
/** Consents of one transaction: what its bytes have room for. */
export const CONSENTS_PER_OPENING_MAX = 8
/** Openings by consent that wait for their payments to be final: some seconds of a large venue. */
export const CONSENTED_MAX = 256
/** How long a consent to a lease is good: its payment is final by then, or has failed. */
export const LEASE_CONSENT_MS = 60_000
/** How long the ledger may take for an opening. */
export const OPENING_WAIT_MS = 5_000
/** How long a sale waits for an opening of its payer that is on its way; one takes a round or two. */
export const UNDER_WAY_WAIT_MS = 1_000
