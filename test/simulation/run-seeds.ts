import { runJobs } from './run-jobs.ts'
import type { Outcome } from './simulate.ts'

export type SeedRange = { readonly from: number; readonly count: number }

/** Simulates a range of seeds on several threads; outcomes come in no particular order. */
export const runSeeds = (
  range: SeedRange,
  options: { readonly threads: number; readonly onOutcome: (outcome: Outcome) => void },
): Promise<void> =>
  runJobs(seedsOf(range), {
    program: new URL('./worker.ts', import.meta.url),
    threads: Math.min(options.threads, range.count),
    onAnswer: options.onOutcome,
  })

function* seedsOf({ from, count }: SeedRange): Generator<number, undefined> {
  for (let seed = from; seed < from + count; seed++) yield seed
  return undefined
}
