import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Claim } from '#test/claims/claim.ts'
import { reportOfSeeds } from '../../support/simulate-command.ts'

const SEEDS = 20_000
/** It outlives the claim's own directory: the claim goes on from it when it is run again. */
const RESULTS = join(tmpdir(), 'kermesse-twenty-thousand-seeds.jsonl')

export const claim: Claim = {
  area: 'simulator',
  name: 'twenty-thousand-seeds',
  bound: `${SEEDS} seeds, none fails, no rare path missed`,
  short: false,
  timeoutMs: 14_400_000,
  run: async ({ progress }) => {
    const words = ['--seeds', String(SEEDS), '--results', RESULTS]
    const { exitCode, report } = await reportOfSeeds(words, {
      timeoutMs: 14_380_000,
      onLine: progress,
    })
    const { seeds, failed, blocks, transactions, seconds } = report
    return {
      ok: exitCode === 0 && seeds === SEEDS && failed.length === 0,
      figure: { seeds, failed: failed.length, blocks, transactions, seconds, results: RESULTS },
    }
  },
}
