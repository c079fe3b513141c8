import type { Claim } from '#test/claims/claim.ts'
import { reportOfLeases, resultsFile } from '../../support/simulate-command.ts'

const SCHEDULES = 10_000
const TIMEOUT_MS = 7_200_000
const MARGIN_MS = 20_000

export const claim: Claim = {
  area: 'ledger',
  name: 'lease-schedules',
  bound: `${SCHEDULES} schedules of venues that are cut off, crash, have wrong clocks, and a ledger that halts: nothing overdrawn, each accepted capture once, no honest one voided`,
  short: false,
  timeoutMs: TIMEOUT_MS,
  run: async ({ progress }) => {
    const words = ['--seeds', String(SCHEDULES), '--results', resultsFile('lease-schedules')]
    const { exitCode, report } = await reportOfLeases(words, {
      timeoutMs: TIMEOUT_MS - MARGIN_MS,
      onLine: progress,
    })
    const { schedules, failed, marks, seconds } = report
    return {
      ok: exitCode === 0 && schedules === SCHEDULES && failed.length === 0,
      figure: { schedules, failed: failed.length, marks, seconds },
    }
  },
}
