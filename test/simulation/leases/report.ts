import { z } from 'zod'
import type { SeedRange } from '../run-seeds.ts'
import { createCounter, sumOfTallies, Tally } from '../tally.ts'
import { LEASE_MARKS } from './marks.ts'
import { drawLeases } from './plan.ts'
import { type LeaseOutcome, simulateLeases } from './simulate-leases.ts'

/** A seed that failed; or what no seed came through. */
const Failure = z.strictObject({
  seed: z.int().optional(),
  checker: z.string(),
  message: z.string(),
})
type Failure = z.infer<typeof Failure>

/** What schedules came to. */
export const LeasesReport = z.strictObject({
  schedules: z.int(),
  failed: z.array(Failure).readonly(),
  marks: Tally,
  /** Of the first seed: by it a result of other code is told from one of this. */
  trace: z.string(),
  seconds: z.number(),
})
export type LeasesReport = z.infer<typeof LeasesReport>

/** So many schedules meet everything that is marked. */
const MARKED_SCHEDULES = 2_000

/** Plays a range of seeds one after the other. */
export const playLeases = ({ from, count }: SeedRange): LeasesReport => {
  const startMs = performance.now()
  const outcomes = Array.from({ length: count }, (_, index) =>
    simulateLeases(drawLeases(from + index)),
  )
  return reportOf(outcomes, performance.now() - startMs)
}

export const reportOf = (outcomes: readonly LeaseOutcome[], ms: number): LeasesReport => ({
  schedules: outcomes.length,
  failed: outcomes.flatMap(({ seed, failure }) =>
    failure === undefined ? [] : { seed, ...failure },
  ),
  marks: sumOfTallies(outcomes.map(({ marks }) => marks)),
  trace: outcomes[0]?.trace ?? '',
  seconds: rounded(ms / 1_000),
})

/** The report of all parts of a run; a long one must have met every mark. */
export const joinedReport = (parts: readonly LeasesReport[], seconds: number): LeasesReport => {
  const marks = sumOfTallies([
    createCounter(LEASE_MARKS).tally(),
    ...parts.map((part) => part.marks),
  ])
  const schedules = parts.reduce((sum, part) => sum + part.schedules, 0)
  const failed = parts.flatMap((part) => part.failed).toSorted(bySeed)
  const missed = schedules < MARKED_SCHEDULES ? [] : LEASE_MARKS.filter((mark) => marks[mark] === 0)
  const missing = missed.map((mark) => ({
    checker: 'coverage',
    message: `never happened in ${schedules} schedules: ${mark}`,
  }))
  const trace = parts[0]?.trace ?? ''
  return { schedules, failed: [...failed, ...missing], marks, trace, seconds: rounded(seconds) }
}

/** For a person. */
export const failureText = ({ seed, checker, message }: Failure): string =>
  seed === undefined
    ? message
    : `seed ${seed} fails ${checker}: ${message}\n  again: npm run simulate -- --leases --seed ${seed} --trace`

const bySeed = (a: Failure, b: Failure): number => (a.seed ?? 0) - (b.seed ?? 0)

const rounded = (seconds: number): number => Math.round(seconds * 10) / 10
