import { missingIn } from './coverage.ts'
import type { Outcome } from './simulate.ts'
import { sumOfTallies, type Tally } from './tally.ts'

/** What `npm run simulate` says in the end: the JSON of its last line. */
export type Report = {
  readonly seeds: number
  readonly failed: readonly Failure[]
  readonly faults: Tally
  readonly byzantine: Tally
  readonly marks: Tally
  readonly blocks: number
  readonly transactions: number
  readonly seconds: number
}

/** A seed that failed; or, without one, what the whole run failed to meet. */
export type Failure = {
  readonly seed?: number
  readonly checker: string
  readonly message: string
  readonly replay?: string
}

export const reportOf = (outcomes: readonly Outcome[], seconds: number): Report => {
  const tallies = {
    faults: sumOfTallies(outcomes.map(({ faults }) => faults)),
    byzantine: sumOfTallies(outcomes.map(({ byzantine }) => byzantine)),
    marks: sumOfTallies(outcomes.map(({ marks }) => marks)),
  }
  const seeds = outcomes.length
  const bySeed = outcomes.toSorted((a, b) => a.seed - b.seed)
  const missing = missingIn(seeds, tallies).map((name) => ({
    checker: 'coverage',
    message: `never happened in ${seeds} seeds: ${name}`,
  }))
  return {
    seeds,
    failed: [...bySeed.flatMap(failureIn), ...missing],
    ...tallies,
    blocks: outcomes.reduce((sum, { blocks }) => sum + blocks, 0),
    transactions: outcomes.reduce((sum, { transactions }) => sum + transactions, 0),
    seconds: Math.round(seconds * 10) / 10,
  }
}

/** For a person. */
export const failureText = ({ seed, checker, message, replay }: Failure): string =>
  seed === undefined ? message : `seed ${seed} fails ${checker}: ${message}\n  again: ${replay}`

const failureIn = ({ seed, failure }: Outcome): readonly Failure[] =>
  failure === undefined
    ? []
    : [{ seed, ...failure, replay: `npm run simulate -- --seed ${seed} --trace` }]
