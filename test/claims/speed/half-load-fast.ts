import { HALF } from '#scripts/bench/rounds/sizes.ts'
import type { Claim } from '#test/claims/claim.ts'
import { inRounds, medianIn, SPEED_TIMEOUT_MS } from '../../support/speed-claim.ts'

const P95_MAX_MS = 100

export const claim: Claim = {
  area: 'speed',
  name: 'half-load-fast',
  bound: `single taps at half of what saturates in the same round: p95 ≤ ${P95_MAX_MS} ms; the median of 5 rounds`,
  short: false,
  timeoutMs: SPEED_TIMEOUT_MS,
  run: async (context) => {
    const rounds = await inRounds(context, async ({ rounds }) => {
      const { finalisedPerSecond, bound } = await rounds.saturation('weak', 'batches')
      return { bound, finalisedPerSecond, ...(await rounds.steady(HALF * finalisedPerSecond)) }
    })
    const p95Ms = medianIn(rounds, (round) => round.p95Ms)
    const perSecond = HALF * medianIn(rounds, ({ finalisedPerSecond }) => finalisedPerSecond)
    return {
      ok: p95Ms <= P95_MAX_MS,
      figure: {
        ...{ p95Ms, p50Ms: medianIn(rounds, ({ p50Ms }) => p50Ms) },
        perSecond: Math.round(perSecond),
        bound: Math.round(medianIn(rounds, ({ bound }) => bound)),
      },
    }
  },
}
