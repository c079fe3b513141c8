/** Captures in the journal, those that came to nothing among them: a long day of a large venue cut off. */
export const CAPTURES_MAX = 50_000
/** From one look at the journal to the next: what is settled leaves it, the clock is noted in it. */
export const LEASE_TICK_MS = 60_000
/** How long a capture that came to nothing stays in the report: as long as its sale could be refunded. */
export const LOST_KEPT_MS = 90 * 24 * 3_600_000
