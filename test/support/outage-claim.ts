import { type FestivalOptions, isCleanEvening, runFestival } from '#scripts/festival/run.ts'
import type { ClaimContext, ClaimOutcome } from '#test/claims/claim.ts'

export const LOCAL_P99_MAX_MS = 50

type Sizes = Pick<FestivalOptions, 'wallets' | 'tills' | 'minutes'> & {
  readonly outage: NonNullable<FestivalOptions['outage']>
  /** Of the time from tap to `captured`; infinite where it is only shown. */
  readonly p99MaxMs: number
}

const IDLE_TAPS = 20

/**
 * An evening in which venues lose the ledger: they go on selling out of leases, and afterwards all that
 * they took is final in time, on every disk once, and was there to be taken.
 */
export const sellsThrough = async (
  { directory, progress }: ClaimContext,
  { p99MaxMs, ...sizes }: Sizes,
): Promise<ClaimOutcome> => {
  const options = { ...sizes, inFlight: 1, idleTaps: IDLE_TAPS, directory, tell: progress }
  const report = await runFestival(options)
  const { payments, lost, twice, conserved, offline } = report
  if (offline === null) return { ok: false, figure: 'no venue was without a ledger' }
  const { venues, ...figures } = offline
  const { asked, captured, unsettled, finalWithinMs, p99Ms } = offline
  const isSold = captured > 0 && captured >= asked / 2
  const isFinal = finalWithinMs !== null && unsettled === 0
  return {
    ok: isCleanEvening(report) && isSold && isFinal && p99Ms <= p99MaxMs,
    figure: { venues: venues.join(' '), ...figures, payments, lost, twice, conserved },
  }
}
