import { medianBy } from '#scripts/bench/median.ts'
import { heldOf } from '#scripts/bench/report/report.ts'
import type { Claim } from '#test/claims/claim.ts'
import { inRounds, SPEED_TIMEOUT_MS } from '../../support/speed-claim.ts'

const EFFICIENCY_MIN = 0.5

export const claim: Claim = {
  area: 'speed',
  name: 'finality-efficient',
  bound: `finalised ÷ signature bound of the same round ≥ ${EFFICIENCY_MIN}; four authorities and one venue on this machine, weak cards by batches, the middle of 5 rounds`,
  short: false,
  timeoutMs: SPEED_TIMEOUT_MS,
  run: async (context) => {
    const rounds = await inRounds(context, ({ rounds }) => rounds.saturation('weak', 'batches'))
    const middle = medianBy(rounds, ({ efficiency }) => efficiency)
    return {
      ok: middle.efficiency >= EFFICIENCY_MIN,
      figure: {
        ...heldOf(middle),
        checksPerSecond: Math.round(middle.checksPerSecond),
        loadCpuShare: middle.cpu.load,
        othersCpuShare: middle.cpu.others,
        efficiencies: rounds.map(({ efficiency }) => Math.round(efficiency * 1_000) / 1_000),
      },
    }
  },
}
