import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Claim } from '#test/claims/claim.ts'
import { reportOfLeases } from '../../support/simulate-command.ts'

const SCHEDULES = 10_000
/** It outlives the claim's own directory: the claim goes on from it when it is run again. */
const RESULTS = join(tmpdir(), 'kermesse-ten-thousand-lease-schedules.jsonl')

export const claim: Claim = {
  area: 'simulator',
  name: 'ten-thousand-lease-schedules',
  bound: `${SCHEDULES} schedules of seven nodes with venues cut off, crashes, clocks put back and a ledger that stands still: nothing overdrawn, each accepted capture on the ledger once, none voided that was honest, no mark missed`,
  short: false,
  timeoutMs: 10_800_000,
  run: async ({ progress }) => {
    const words = ['--seeds', String(SCHEDULES), '--results', RESULTS]
    const { exitCode, report } = await reportOfLeases(words, {
      timeoutMs: 10_780_000,
      onLine: progress,
    })
    const { schedules, failed, marks, seconds } = report
    return {
      ok: exitCode === 0 && schedules === SCHEDULES && failed.length === 0,
      figure: { schedules, failed: failed.length, marks, seconds, results: RESULTS },
    }
  },
}
