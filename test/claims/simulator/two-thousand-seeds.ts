import type { Claim } from '#test/claims/claim.ts'
import { reportOfSeeds } from '../../support/simulate-command.ts'

const SEEDS = 2_000
const SECONDS_MAX = 300

export const claim: Claim = {
  area: 'simulator',
  name: 'two-thousand-seeds',
  bound: `${SEEDS} seeds, none fails, no rare path missed, within ${SECONDS_MAX} s on two idle cores`,
  short: false,
  timeoutMs: 1_800_000,
  run: async ({ progress }) => {
    const { exitCode, report } = await reportOfSeeds(['--seeds', String(SEEDS)], {
      timeoutMs: 1_780_000,
      onLine: progress,
    })
    const { seeds, failed, seconds } = report
    return {
      ok: exitCode === 0 && seeds === SEEDS && failed.length === 0 && seconds <= SECONDS_MAX,
      figure: { seeds, failed: failed.length, marks: Object.keys(report.marks).length, seconds },
    }
  },
}
