import type { Claim } from '#test/claims/claim.ts'
import { reportOfSeeds } from '../../support/simulate-command.ts'

const SEEDS = 300

export const claim: Claim = {
  area: 'main',
  name: 'simulator-seeds',
  bound: `${SEEDS} seeds, none fails; every fault and every adversary happened`,
  short: false,
  timeoutMs: 900_000,
  run: async ({ progress }) => {
    const { exitCode, report } = await reportOfSeeds(['--seeds', String(SEEDS)], {
      timeoutMs: 880_000,
      onLine: progress,
    })
    const { seeds, failed, seconds, faults, byzantine } = report
    const counts = [...Object.values(faults), ...Object.values(byzantine)]
    const rarest = Math.min(...counts)
    return {
      ok: exitCode === 0 && seeds === SEEDS && failed.length === 0 && rarest > 0,
      figure: { seeds, failed: failed.length, kinds: counts.length, rarest, seconds },
    }
  },
}
