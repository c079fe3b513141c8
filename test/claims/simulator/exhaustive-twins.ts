import type { Claim } from '#test/claims/claim.ts'
import { SCENARIOS } from '#test/simulation/twins/scenario.ts'
import { reportOfTwins } from '../../support/simulate-command.ts'

export const claim: Claim = {
  area: 'simulator',
  name: 'exhaustive-twins',
  bound: `all ${SCENARIOS} scenarios of four members, one of them two machines, parted anew in each of four views: none fails, no mark missed`,
  short: false,
  timeoutMs: 7_200_000,
  run: async ({ progress }) => {
    const { exitCode, report } = await reportOfTwins({ timeoutMs: 7_180_000, onLine: progress })
    const { scenarios, failed, finalised, equivocations, marks, slowest, seconds } = report
    return {
      ok: exitCode === 0 && scenarios === SCENARIOS && failed.length === 0,
      figure: {
        scenarios,
        failed: failed.length,
        finalised,
        equivocations,
        marks,
        slowest,
        seconds,
      },
    }
  },
}
