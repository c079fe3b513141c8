import { z } from 'zod'

/**
 * Ten years. A time is one of these after a block's time, and must stay a safe integer: a record that
 * ends later could be written, but not read again.
 */
const PERIOD_MS_MAX = 315_360_000_000
const validity = z.int().min(60_000).max(PERIOD_MS_MAX)

/** What all nodes of a network agree on, set at genesis. Times in milliseconds. */
export const Parameters = z.strictObject({
  /** How far a payment id may lie ahead of block time. */
  maxClockSkewMs: z.int().min(1_000).max(3_600_000),
  /** Longest time from a payment id's own time to its expiry, by class of scope. */
  validityMs: z.strictObject({
    place: validity,
    wallet: validity,
    key: validity,
  }),
  /** Refusals recorded per scope and hour: no spam by fresh keys or by a leader. See `refusalShareOf`. */
  refusedPerHour: z.int().min(1),
  /** Wallets that one place opens in a UTC day: what it opens is kept for ever, by everybody. */
  walletsPerDay: z.int().min(1),
  /** How long a sale can be refunded. */
  refundWindowMs: z.int().min(1).max(PERIOD_MS_MAX),
  /** Longest time between two blocks. */
  heartbeatMs: z.int().min(1_000),
  /** Assumed bound on message delay: a fault detector, not a pace. */
  deltaMs: z.int().min(1),
  /** Shortest pause between two blocks while one is open. */
  minBlockGapMs: z.int().min(0),
  /** Lapsed ids, counters and sales forgotten per block, of each family. */
  forgetPerBlock: z.int().min(1),
  blockBytesMax: z.int().min(65_536).max(1_048_576),
  blockTransactionsMax: z.int().min(1).max(4_096),
})
export type Parameters = z.infer<typeof Parameters>

/** Of the refusals of a place, what each grantee may have: one bad till leaves the others theirs. */
export const refusalShareOf = ({ refusedPerHour }: Parameters): number =>
  Math.ceil(refusedPerHour / 4)
