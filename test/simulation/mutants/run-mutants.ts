import { Worker } from 'node:worker_threads'
import { type Fault, type Job, seedOf } from './find-fault.ts'
import { fittedSwarm } from './fitted-swarm.ts'
import type { Mutant, Patch } from './mutant.ts'

/** A simulation that takes longer than this has no end. */
const SEED_MS = 900_000

/** How a mutant came out: what noticed it, in which seed, or how it passed as the product. */
export type Verdict = {
  readonly mutant: string
  /** The checker, and the code with which the product stopped itself if that is what it saw. */
  readonly by?: string
  /** The seed that showed it; otherwise how many did not. */
  readonly seed: number
  readonly message: string
}

type Options = { readonly threads: number; readonly onVerdict: (verdict: Verdict) => void }

/** Runs each mutant until a checker notices it, several at a time. */
export const runMutants = async (
  mutants: readonly Mutant[],
  { threads, onVerdict }: Options,
): Promise<readonly Verdict[]> => {
  const waiting = mutants.values()
  const verdicts: Verdict[] = []
  const work = async (): Promise<void> => {
    for (const mutant of waiting) {
      const verdict = await judge(mutant)
      verdicts.push(verdict)
      onVerdict(verdict)
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, mutants.length) }, work))
  return verdicts
}

/** Seeds in which the product itself fails; they show nothing of a mutant. */
export const runControl = async (
  jobs: readonly Job[],
  { threads, onDone }: { readonly threads: number; readonly onDone: () => void },
): Promise<readonly { readonly seed: number; readonly fault: Fault }[]> => {
  const waiting = jobs.values()
  const failed: { readonly seed: number; readonly fault: Fault }[] = []
  const work = (): Promise<void> =>
    withWorker([], async (faultOf) => {
      for (const job of waiting) {
        const fault = await faultOf(job)
        if (fault !== undefined) failed.push({ seed: seedOf(job), fault })
        onDone()
        // Its thread may be gone.
        if (fault?.checker === 'exception') return
      }
    })
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work))
  return failed
}

/** What a mutant goes through in a seed. */
export const jobOf = ({ fit, leases }: Pick<Mutant, 'fit' | 'leases'>, seed: number): Job =>
  leases === true ? { leases: seed } : fittedSwarm(seed, fit)

const judge = async (mutant: Mutant): Promise<Verdict> => {
  const { name, patches, seeds } = mutant
  return withWorker(patches, async (faultOf) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const fault = await faultOf(jobOf(mutant, seed))
      if (fault === undefined) continue
      const { message } = fault
      const by = noticedBy(fault, mutant)
      return by === undefined
        ? { mutant: name, seed, message: `only an accident: ${message}` }
        : { mutant: name, by, seed, message }
    }
    return { mutant: name, seed: seeds, message: `nothing fails in ${seeds} seeds` }
  })
}

/** An exception counts where the product says that it is its own assertion. */
const noticedBy = (
  { checker, halted, message }: Fault,
  { throws }: Pick<Mutant, 'throws'>,
): string | undefined => {
  if (checker !== 'exception') return halted === undefined ? checker : `${checker} (${halted})`
  return throws !== undefined && message.includes(throws) ? `assertion (${throws})` : undefined
}

/** A thread that has loaded the product with these patches, for as long as it is of use. */
const withWorker = async <T>(
  patches: readonly Patch[],
  use: (faultOf: (job: Job) => Promise<Fault | undefined>) => Promise<T>,
): Promise<T> => {
  const worker = new Worker(new URL('./mutant-worker.ts', import.meta.url), { workerData: patches })
  try {
    return await use((job) => faultOf(worker, job))
  } finally {
    await worker.terminate()
  }
}

const faultOf = (worker: Worker, job: Job): Promise<Fault | undefined> =>
  new Promise((resolve) => {
    const late = setTimeout(
      () => finish({ checker: 'exception', message: `no end after ${SEED_MS} ms` }),
      SEED_MS,
    )
    const finish = (fault: Fault | undefined): void => {
      clearTimeout(late)
      worker.off('error', fail)
      worker.off('message', finish)
      resolve(fault)
    }
    const fail = (error: unknown): void =>
      finish({
        checker: 'exception',
        message: error instanceof Error ? error.message : String(error),
      })
    worker.once('error', fail)
    worker.once('message', finish)
    worker.postMessage(job)
  })
