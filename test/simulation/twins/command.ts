import { SingleBar } from 'cli-progress'
import { runJobs } from '../run-jobs.ts'
import type { SeedRange } from '../run-seeds.ts'
import { failureText, joinedReport, playScenarios, type TwinsReport } from './report.ts'
import { SCENARIOS, scenarioOf, scenarioText } from './scenario.ts'

/** What `npm run simulate -- --twins` was asked. */
export type TwinsOptions = {
  readonly from: number
  readonly threads: number
  readonly scenario?: number
  readonly trace?: boolean
  readonly json?: boolean
}

type Print = (line: string) => void

const EXIT_FAILED = 1
const EXIT_USAGE = 2
/** Scenarios that a thread plays at a time: as many are lost at most when a run is interrupted. */
const PART_SCENARIOS = 64
/** Failures after which nobody needs more of them. */
const FAILURES_MAX = 100

/** Plays all scenarios from one on, or one alone; gives the exit code. */
export const runTwins = async (options: TwinsOptions, print: Print): Promise<number> => {
  const { from, scenario, trace, json } = options
  if ((scenario ?? from) > SCENARIOS) {
    print(`there are ${SCENARIOS} scenarios`)
    return EXIT_USAGE
  }
  if (scenario !== undefined) print(scenarioText(scenarioOf(scenario)))
  const report =
    scenario === undefined
      ? await playFrom(options)
      : playScenarios([scenario], trace === true ? { print } : {})
  for (const failure of report.failed) print(failureText(failure))
  print(json === true ? JSON.stringify(report) : summaryOf(report))
  return report.failed.length === 0 ? 0 : EXIT_FAILED
}

const playFrom = async ({ from, threads }: TwinsOptions): Promise<TwinsReport> => {
  const startMs = performance.now()
  const parts: TwinsReport[] = []
  const open = new Set<number>()
  let failed = 0

  function* ranges(): Generator<SeedRange, undefined> {
    for (let first = from; first <= SCENARIOS; first += PART_SCENARIOS) {
      if (failed >= FAILURES_MAX) return undefined
      open.add(first)
      yield { from: first, count: Math.min(PART_SCENARIOS, SCENARIOS + 1 - first) }
    }
    return undefined
  }

  const bar = new SingleBar({
    format:
      '{bar} {value}/{total} scenarios, {failed} failed, {eta_formatted}; goes on --from {next}',
    stream: process.stderr,
  })
  bar.start(SCENARIOS + 1 - from, 0, { failed, next: from })
  await runJobs<SeedRange, TwinsReport>(ranges(), {
    program: new URL('./worker.ts', import.meta.url),
    threads,
    onAnswer: (part, range) => {
      open.delete(range.from)
      parts.push(part)
      failed += part.failed.length
      bar.increment(part.scenarios, { failed, next: Math.min(...open, SCENARIOS) })
    },
  })
  bar.stop()
  return joinedReport(parts, (performance.now() - startMs) / 1_000)
}

const summaryOf = ({ scenarios, failed, marks, slowest, seconds }: TwinsReport): string =>
  [
    `${scenarios} scenarios, ${failed.length} failed, in ${seconds} s`,
    `all final at most ${slowest.ms} ms and ${slowest.views} views after healing`,
    ...Object.entries(marks).map(([mark, count]) => `${count} × ${mark}`),
  ].join('\n  ')
