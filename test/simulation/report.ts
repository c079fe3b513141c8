import { z } from 'zod'
import { missingIn } from './coverage.ts'
import type { Outcome } from './simulate.ts'
import { sumOfTallies, Tally } from './tally.ts'

/** A seed that failed; or, without one, what the whole run failed to meet. */
const Failure = z.strictObject({
  seed: z.int().optional(),
  checker: z.string(),
  message: z.string(),
  replay: z.string().optional(),
})
export type Failure = z.infer<typeof Failure>

/** What `npm run simulate` says in the end: the JSON of its last line. */
export const Report = z.strictObject({
  seeds: z.int(),
  failed: z.array(Failure).readonly(),
  faults: Tally,
  byzantine: Tally,
  marks: Tally,
  codes: Tally,
  blocks: z.int(),
  transactions: z.int(),
  seconds: z.number(),
})
export type Report = z.infer<typeof Report>

export const reportOf = (outcomes: readonly Outcome[], seconds: number): Report =>
  withMissing(partOf(outcomes, seconds))

/** A report of some of the seeds of a run: what they did not meet, others may. */
export const partOf = (outcomes: readonly Outcome[], seconds: number): Report => ({
  seeds: outcomes.length,
  failed: outcomes.toSorted((a, b) => a.seed - b.seed).flatMap(failureIn),
  faults: sumOfTallies(outcomes.map(({ faults }) => faults)),
  byzantine: sumOfTallies(outcomes.map(({ byzantine }) => byzantine)),
  marks: sumOfTallies(outcomes.map(({ marks }) => marks)),
  codes: sumOfTallies(outcomes.map(({ codes }) => codes)),
  blocks: sumOf(outcomes.map(({ blocks }) => blocks)),
  transactions: sumOf(outcomes.map(({ transactions }) => transactions)),
  seconds: rounded(seconds),
})

/** The report of a whole run of which there are parts. */
export const joinedReport = (parts: readonly Report[]): Report =>
  withMissing({
    seeds: sumOf(parts.map(({ seeds }) => seeds)),
    failed: parts.flatMap(({ failed }) => failed),
    faults: sumOfTallies(parts.map(({ faults }) => faults)),
    byzantine: sumOfTallies(parts.map(({ byzantine }) => byzantine)),
    marks: sumOfTallies(parts.map(({ marks }) => marks)),
    codes: sumOfTallies(parts.map(({ codes }) => codes)),
    blocks: sumOf(parts.map(({ blocks }) => blocks)),
    transactions: sumOf(parts.map(({ transactions }) => transactions)),
    seconds: rounded(sumOf(parts.map(({ seconds }) => seconds))),
  })

/** For a person. */
export const failureText = ({ seed, checker, message, replay }: Failure): string =>
  seed === undefined ? message : `seed ${seed} fails ${checker}: ${message}\n  again: ${replay}`

const withMissing = (report: Report): Report => ({
  ...report,
  failed: [
    ...report.failed,
    ...missingIn(report.seeds, report).map((name) => ({
      checker: 'coverage',
      message: `never happened in ${report.seeds} seeds: ${name}`,
    })),
  ],
})

const failureIn = ({ seed, failure }: Outcome): readonly Failure[] =>
  failure === undefined
    ? []
    : [{ seed, ...failure, replay: `npm run simulate -- --seed ${seed} --trace` }]

export const sumOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, each) => sum + each, 0)

const rounded = (seconds: number): number => Math.round(seconds * 10) / 10
