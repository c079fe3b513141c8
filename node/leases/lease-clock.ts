import type { Clock } from '../loop/ports.ts'

/** The time by which a venue that is cut off knows whether its leases have ended. Never falls. */
export type LeaseClock = {
  readonly nowMs: () => number
  /** A block of this time is final here. */
  readonly onFinal: (timeMs: number) => void
}

/**
 * The time of the last final block and what has passed since. After a start nobody knows how long the
 * node was off: it begins at the wall clock, or at what its journal noted last if that is later. So a
 * wall clock that was put back lets no lease last longer than from that note on.
 */
export const createLeaseClock = (
  clock: Clock,
  { journalledMs }: { readonly journalledMs: number },
): LeaseClock => {
  let baseMs = Math.max(clock.wallMs(), journalledMs)
  let sinceMs = clock.monotonicMs()
  const nowMs = (): number => baseMs + (clock.monotonicMs() - sinceMs)
  return {
    nowMs,
    onFinal: (timeMs) => {
      baseMs = Math.max(nowMs(), timeMs)
      sinceMs = clock.monotonicMs()
    },
  }
}
