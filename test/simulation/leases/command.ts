import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { SingleBar } from 'cli-progress'
import { z } from 'zod'
import { runJobs } from '../run-jobs.ts'
import type { SeedRange } from '../run-seeds.ts'
import { drawLeases } from './plan.ts'
import { failureText, joinedReport, LeasesReport, playLeases, reportOf } from './report.ts'
import { simulateLeases } from './simulate-leases.ts'

/** What `npm run simulate -- --leases` was asked. */
export type LeasesOptions = {
  readonly seeds: number
  readonly from: number
  readonly threads: number
  readonly seed?: number
  readonly trace?: boolean
  readonly results?: string
  readonly json?: boolean
}

type Print = (line: string) => void

const EXIT_FAILED = 1
/** Seeds that a thread plays at a time: as many are lost at most when a run is interrupted. */
const PART_SEEDS = 25
/** Failures after which nobody needs more of them. */
const FAILURES_MAX = 100

/** Plays schedules of venues that are cut off, or one alone; gives the exit code. */
export const runLeases = async (options: LeasesOptions, print: Print): Promise<number> => {
  const { seed, trace, json } = options
  const report =
    seed === undefined ? await playAll(options) : playOne(seed, trace === true ? print : undefined)
  for (const failure of report.failed) print(failureText(failure))
  print(json === true ? JSON.stringify(report) : summaryOf(report))
  return report.failed.length === 0 ? 0 : EXIT_FAILED
}

const playOne = (seed: number, print: Print | undefined): LeasesReport => {
  const startMs = performance.now()
  const swarm = drawLeases(seed)
  print?.(JSON.stringify(swarm))
  return reportOf([simulateLeases(swarm, print)], performance.now() - startMs)
}

const playAll = async (options: LeasesOptions): Promise<LeasesReport> => {
  const { seeds, from, threads, results } = options
  const startMs = performance.now()
  const known = results === undefined ? [] : knownIn(results, { from, count: seeds })
  const parts: Line[] = [...known]
  let failed = known.reduce((sum, { report }) => sum + report.failed.length, 0)
  const bar = new SingleBar({
    format: '{bar} {value}/{total} schedules, {failed} failed, {eta_formatted}',
    stream: process.stderr,
  })
  bar.start(seeds, 0, { failed })
  bar.increment(
    known.reduce((sum, { count }) => sum + count, 0),
    { failed },
  )
  const done = new Set(known.map((line) => line.from))
  await runJobs<SeedRange, LeasesReport>(
    missing({ from, count: seeds }, { done, isEnough: () => failed >= FAILURES_MAX }),
    {
      program: new URL('./worker.ts', import.meta.url),
      threads,
      onAnswer: (report, range) => {
        const line = { ...range, report }
        parts.push(line)
        if (results !== undefined) appendFileSync(results, `${JSON.stringify(line)}\n`)
        failed += report.failed.length
        bar.increment(report.schedules, { failed })
      },
    },
  )
  bar.stop()
  const ordered = parts.toSorted((a, b) => a.from - b.from).map(({ report }) => report)
  return joinedReport(ordered, (performance.now() - startMs) / 1_000)
}

function* missing(
  { from, count }: SeedRange,
  { done, isEnough }: { readonly done: ReadonlySet<number>; readonly isEnough: () => boolean },
): Generator<SeedRange, undefined> {
  for (let first = from; first < from + count; first += PART_SEEDS) {
    if (isEnough()) return undefined
    if (done.has(first)) continue
    yield { from: first, count: Math.min(PART_SEEDS, from + count - first) }
  }
  return undefined
}

/** One line of a results file. */
const Line = z.strictObject({ from: z.int(), count: z.int(), report: LeasesReport })
type Line = z.infer<typeof Line>

/** What an earlier run finished of this one. Throws when it was of other code. */
const knownIn = (path: string, { from, count }: SeedRange): readonly Line[] => {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => Line.parse(JSON.parse(line)))
  const within = lines.filter(
    (line) =>
      line.from >= from &&
      (line.from - from) % PART_SEEDS === 0 &&
      line.count === Math.min(PART_SEEDS, from + count - line.from),
  )
  const [first] = within
  if (first === undefined) return []
  const { trace } = playLeases({ from: first.from, count: 1 })
  if (trace !== first.report.trace) {
    throw new Error(`seed ${first.from} in ${path} is of other code than this: begin a new file`)
  }
  return within
}

const summaryOf = ({ schedules, failed, marks, seconds }: LeasesReport): string =>
  [
    `${schedules} schedules, ${failed.length} failed, in ${seconds} s`,
    ...Object.entries(marks).map(([mark, count]) => `${count} × ${mark}`),
  ].join('\n  ')
