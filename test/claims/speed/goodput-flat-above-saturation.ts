import { overloadOf } from '#scripts/bench/report/report.ts'
import type { Claim } from '#test/claims/claim.ts'
import { inRounds, medianIn, SPEED_TIMEOUT_MS } from '../../support/speed-claim.ts'

/** What turning away costs is taken from the rest. */
const GOODPUT_MIN = 0.8

export const claim: Claim = {
  area: 'speed',
  name: 'goodput-flat-above-saturation',
  bound: `at twice what saturates in the same round ≥ ${GOODPUT_MIN} of that is finalised; some are turned away, all of these with 429 or 503 and Retry-After; the median of 5 rounds`,
  short: false,
  timeoutMs: SPEED_TIMEOUT_MS,
  run: async (context) => {
    const rounds = await inRounds(context, async ({ rounds }) => {
      const { finalisedPerSecond, bound } = await rounds.saturation('weak', 'batches')
      return { bound, finalisedPerSecond, overload: await rounds.overload(finalisedPerSecond) }
    })
    const overload = overloadOf(rounds.map((round) => round.overload))
    const { goodputRatio, refused, withRetryAfter } = overload
    return {
      ok: goodputRatio >= GOODPUT_MIN && refused > 0 && withRetryAfter === refused,
      figure: {
        ...overload,
        saturation: Math.round(medianIn(rounds, ({ finalisedPerSecond }) => finalisedPerSecond)),
        bound: Math.round(medianIn(rounds, ({ bound }) => bound)),
      },
    }
  },
}
