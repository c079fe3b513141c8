import { Worker } from 'node:worker_threads'
import type { Outcome } from './simulate.ts'

export type SeedRange = { readonly from: number; readonly count: number }

/** Simulates a range of seeds on several threads; outcomes come in no particular order. */
export const runSeeds = async (
  { from, count }: SeedRange,
  options: { readonly threads: number; readonly onOutcome: (outcome: Outcome) => void },
): Promise<void> => {
  const end = from + count
  let next = from
  const take = (): number | undefined => {
    if (next >= end) return undefined
    next += 1
    return next - 1
  }
  const threads = Math.min(options.threads, count)
  await Promise.all(Array.from({ length: threads }, () => runThread(take, options.onOutcome)))
}

const runThread = async (
  take: () => number | undefined,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  try {
    for (let seed = take(); seed !== undefined; seed = take()) {
      onOutcome(await outcomeOf(worker, seed))
    }
  } finally {
    await worker.terminate()
  }
}

const outcomeOf = (worker: Worker, seed: number): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (outcome: Outcome) => {
      worker.off('error', reject)
      resolve(outcome)
    })
    worker.postMessage(seed)
  })
