import { z } from 'zod'
import { createCounter, sumOfTallies, Tally } from '../tally.ts'
import { TWIN_MARKS } from './marks.ts'
import { type RunOptions, runScenario, type ScenarioOutcome } from './run-scenario.ts'
import { SCENARIOS, scenarioOf, scenarioText } from './scenario.ts'

/** A scenario that failed, as data that plays it again; or what no scenario came through. */
const Failure = z.strictObject({
  scenario: z.int().optional(),
  twin: z.int().optional(),
  splits: z.array(z.int()).readonly().optional(),
  checker: z.string(),
  message: z.string(),
})
type Failure = z.infer<typeof Failure>

/** What scenarios came to. */
export const TwinsReport = z.strictObject({
  scenarios: z.int(),
  failed: z.array(Failure).readonly(),
  /** Scenarios in which a block became final while the network was parted. */
  finalised: z.int(),
  /** Scenarios in which both twins proposed in one view, and not the same. */
  equivocations: z.int(),
  marks: Tally,
  /** The most that it took from healing on until everything was final. */
  slowest: z.strictObject({ ms: z.int(), views: z.int() }),
  seconds: z.number(),
})
export type TwinsReport = z.infer<typeof TwinsReport>

/** Plays scenarios one after the other. */
export const playScenarios = (ids: Iterable<number>, options: RunOptions = {}): TwinsReport => {
  const startMs = performance.now()
  const marks = createCounter(TWIN_MARKS)
  const failed: Failure[] = []
  const slowest = { ms: 0, views: 0 }
  let scenarios = 0
  for (const id of ids) {
    const outcome = runScenario(id, options)
    scenarios += 1
    for (const mark of outcome.marks) marks.count(mark)
    failed.push(...failureIn(outcome))
    slowest.ms = Math.max(slowest.ms, outcome.healedMs)
    slowest.views = Math.max(slowest.views, outcome.healedViews)
  }
  const seconds = (performance.now() - startMs) / 1_000
  return reportOf({ scenarios, failed, marks: marks.tally(), slowest, seconds })
}

/** The report of all parts of an enumeration; a whole one must have met every mark. */
export const joinedReport = (parts: readonly TwinsReport[], seconds: number): TwinsReport => {
  const joined = reportOf({
    scenarios: parts.reduce((sum, part) => sum + part.scenarios, 0),
    failed: parts.flatMap(({ failed }) => failed).toSorted(byScenario),
    marks: sumOfTallies([createCounter(TWIN_MARKS).tally(), ...parts.map(({ marks }) => marks)]),
    slowest: {
      ms: Math.max(0, ...parts.map(({ slowest }) => slowest.ms)),
      views: Math.max(0, ...parts.map(({ slowest }) => slowest.views)),
    },
    seconds,
  })
  return { ...joined, failed: [...joined.failed, ...missingIn(joined)] }
}

/** For a person. */
export const failureText = ({ scenario, checker, message }: Failure): string =>
  scenario === undefined
    ? message
    : `${scenarioText(scenarioOf(scenario))}\n  fails ${checker}: ${message}\n  again: npm run simulate -- --twins --scenario ${scenario} --trace`

const reportOf = (content: Omit<TwinsReport, 'finalised' | 'equivocations'>): TwinsReport => {
  const { scenarios, failed, marks, slowest } = content
  const seconds = Math.round(content.seconds * 10) / 10
  const finalised = marks['final while parted'] ?? 0
  const equivocations = marks['equivocation'] ?? 0
  return { scenarios, failed, finalised, equivocations, marks, slowest, seconds }
}

const failureIn = ({ id, failure }: ScenarioOutcome): readonly Failure[] => {
  const { twin, splits } = scenarioOf(id)
  return failure === undefined ? [] : [{ scenario: id, twin, splits, ...failure }]
}

const byScenario = (a: Failure, b: Failure): number => (a.scenario ?? 0) - (b.scenario ?? 0)

const missingIn = ({ scenarios, marks }: TwinsReport): readonly Failure[] =>
  scenarios < SCENARIOS
    ? []
    : TWIN_MARKS.filter((mark) => marks[mark] === 0).map((mark) => ({
        checker: 'coverage',
        message: `never happened in ${scenarios} scenarios: ${mark}`,
      }))
