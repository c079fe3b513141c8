/** Captures in the journal, those that came to nothing among them: a long day of a large venue cut off. */
export const CAPTURES_MAX = 50_000
/** From one look at the journal to the next: what is settled leaves it, the clock is noted in it. */
export const LEASE_TICK_MS = 60_000
/** How long a capture that came to nothing stays in the report: as long as its sale could be refunded. */
export const LOST_KEPT_MS = 90 * 24 * 3_600_000
/** How often the lease clock looks at the final block: it lags by no more, well below the clock skew. */
export const LEASE_CLOCK_MS = 1_000
