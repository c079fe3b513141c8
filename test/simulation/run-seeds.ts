import { partOf, type Report, sumOf } from './report.ts'
import type { Results } from './results.ts'
import { runJobs } from './run-jobs.ts'
import type { Outcome } from './simulate.ts'

export type SeedRange = { readonly from: number; readonly count: number }

type Options = {
  readonly threads: number
  /** Seeds that are lost at most when a run is interrupted. */
  readonly partSeeds: number
  /** What was done before, and what is done is added to. */
  readonly results: Results | undefined
  /** Seeds that were done before, and how many of them failed. */
  readonly onKnown: (seeds: number, failed: number) => void
  readonly onOutcome: (outcome: Outcome) => void
}

/**
 * Simulates what is not known yet of a range of seeds on several threads, and reports by parts, in
 * the order of the seeds. Outcomes come in no particular order.
 */
export const runSeeds = async (range: SeedRange, options: Options): Promise<readonly Report[]> => {
  const parts = partsOf(range, options.partSeeds)
  const reports = new Map<number, Report>()
  for (const { from, count } of parts) {
    const known = options.results?.find(from, count)?.report
    if (known === undefined) continue
    reports.set(from, known)
    options.onKnown(count, known.failed.length)
  }
  await runMissing(
    parts.filter(({ from }) => !reports.has(from)),
    options,
    (from, report) => reports.set(from, report),
  )
  return parts.flatMap(({ from }) => reports.get(from) ?? [])
}

const runMissing = async (
  parts: readonly SeedRange[],
  { threads, results, onOutcome }: Options,
  onReport: (from: number, report: Report) => void,
): Promise<void> => {
  const outcomes = new Map<SeedRange, Outcome[]>(parts.map((part) => [part, []]))
  let sinceMs = performance.now()
  const onPart = (part: SeedRange, done: readonly Outcome[]): void => {
    const report = partOf(done, (performance.now() - sinceMs) / 1_000)
    sinceMs = performance.now()
    onReport(part.from, report)
    const trace = done.find(({ seed }) => seed === part.from)?.trace
    if (trace !== undefined) results?.add({ ...part, trace, report })
  }
  await runJobs(seedsOf(parts), {
    program: new URL('./worker.ts', import.meta.url),
    threads: Math.min(threads, sumOf(parts.map(({ count }) => count))),
    onAnswer: (outcome: Outcome) => {
      onOutcome(outcome)
      for (const [part, done] of outcomes) {
        if (outcome.seed < part.from || outcome.seed >= part.from + part.count) continue
        done.push(outcome)
        if (done.length < part.count) return
        outcomes.delete(part)
        onPart(part, done)
        return
      }
    },
  })
}

const partsOf = ({ from, count }: SeedRange, size: number): readonly SeedRange[] =>
  Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
    from: from + index * size,
    count: Math.min(size, count - index * size),
  }))

function* seedsOf(parts: readonly SeedRange[]): Generator<number, undefined> {
  for (const { from, count } of parts) {
    for (let seed = from; seed < from + count; seed++) yield seed
  }
  return undefined
}
