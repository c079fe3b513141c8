import { expect, test } from 'vitest'
import { ADVERSARIES } from './adversaries.ts'
import { LATE_MARKS, REQUIRED_MARKS } from './coverage.ts'
import { FAULTS } from './faults.ts'
import { CODE_NAMES } from './ledger-codes.ts'
import { failureText, reportOf } from './report.ts'
import type { Outcome } from './simulate.ts'
import type { Tally } from './tally.ts'

const each = (names: readonly string[], count: number): Tally =>
  Object.fromEntries(names.map((name) => [name, count]))

const outcomeOf = (seed: number, changes: Partial<Outcome> = {}): Outcome => ({
  seed,
  failure: undefined,
  trace: '',
  faults: each(
    FAULTS.map(({ name }) => name),
    1,
  ),
  byzantine: each(
    ADVERSARIES.map(({ name }) => name),
    1,
  ),
  marks: each([...REQUIRED_MARKS, ...LATE_MARKS], 1),
  codes: each(CODE_NAMES, 1),
  blocks: 1,
  transactions: 1,
  virtualMs: 1,
  ...changes,
})

const runOf = (seeds: number, changes: Partial<Outcome> = {}) =>
  reportOf(
    Array.from({ length: seeds }, (_, index) => outcomeOf(index + 1, changes)),
    1,
  )

test('300 seeds that met everything are clean', () => {
  expect(runOf(300).failed).toEqual([])
})

test.each([
  ['fault', { faults: { ...outcomeOf(1).faults, kill: 0 } }, 'faults: kill'],
  [
    'adversary',
    { byzantine: { ...outcomeOf(1).byzantine, silentMember: 0 } },
    'byzantine: silentMember',
  ],
  ['effect', { marks: { ...outcomeOf(1).marks, powerLost: 0 } }, 'marks: powerLost'],
] as const)('300 seeds that never met a certain %s fail by its name', (_, changes, name) => {
  const { failed } = runOf(300, changes)
  expect(failed.map(failureText)).toEqual([`never happened in 300 seeds: ${name}`])
  expect(runOf(299, changes).failed).toEqual([])
})

test('a failed seed says how to see it again', () => {
  const failure = { checker: 'votes', message: 'a1: a second notarize 3' }
  const [failed] = reportOf([outcomeOf(7, { failure })], 1).failed
  expect(failed && failureText(failed)).toBe(
    'seed 7 fails votes: a1: a second notarize 3\n  again: npm run simulate -- --seed 7 --trace',
  )
})

test('what is rare must have happened in 2,000 seeds, not in fewer', () => {
  const changes = { marks: { ...outcomeOf(1).marks, 'a block taken back': 0 } }
  expect(runOf(1_999, changes).failed).toEqual([])
  expect(runOf(2_000, changes).failed.map(failureText)).toEqual([
    'never happened in 2000 seeds: marks: a block taken back',
  ])
})

test('so must every refusal code of a kind of the load, and each kind applied and refused', () => {
  const codes = { ...outcomeOf(1).codes, mandate_expired: 0, 'refund applied': 0 }
  expect(runOf(1_999, { codes }).failed).toEqual([])
  expect(runOf(2_000, { codes }).failed.map(failureText)).toEqual([
    'never happened in 2000 seeds: codes: mandate_expired',
    'never happened in 2000 seeds: codes: refund applied',
  ])
})
