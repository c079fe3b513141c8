import type { Claim } from '#test/claims/claim.ts'
import { inRounds, medianIn, SPEED_TIMEOUT_MS } from '../../support/speed-claim.ts'

const P50_MAX_MS = 10
const P95_MAX_MS = 20

export const claim: Claim = {
  area: 'speed',
  name: 'idle-tap-fast',
  bound: `300 single taps, one after the other, through HTTP at the venue: p50 ≤ ${P50_MAX_MS} ms, p95 ≤ ${P95_MAX_MS} ms; medians of 5 rounds`,
  short: false,
  timeoutMs: SPEED_TIMEOUT_MS,
  run: async (context) => {
    const rounds = await inRounds(context, async ({ rounds }) => ({
      roundTripMs: await rounds.roundTrip(),
      syncMs: await rounds.syncTime(),
      ...(await rounds.idle()),
    }))
    const p50Ms = medianIn(rounds, (round) => round.p50Ms)
    const p95Ms = medianIn(rounds, (round) => round.p95Ms)
    return {
      ok: p50Ms <= P50_MAX_MS && p95Ms <= P95_MAX_MS,
      figure: {
        ...{ p50Ms, p95Ms },
        loopbackRoundTripP50Ms: medianIn(rounds, ({ roundTripMs }) => roundTripMs),
        fsyncP50Ms: medianIn(rounds, ({ syncMs }) => syncMs),
      },
    }
  },
}
