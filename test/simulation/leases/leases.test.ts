import { expect, test } from 'vitest'
import { drawLeases } from './plan.ts'
import { failureText, joinedReport, playLeases } from './report.ts'
import { simulateLeases } from './simulate-leases.ts'

const SEEDS = 12

test(`${SEEDS} schedules: nothing overdrawn, each capture once, nothing honest voided`, () => {
  const { schedules, failed } = playLeases({ from: 1, count: SEEDS })
  expect(failed.map(failureText)).toEqual([])
  expect(schedules).toBe(SEEDS)
})

test('the same seed is the same schedule and has the same trace', () => {
  expect(drawLeases(7)).toEqual(drawLeases(7))
  expect(simulateLeases(drawLeases(7)).trace).toBe(simulateLeases(drawLeases(7)).trace)
  expect(simulateLeases(drawLeases(8)).trace).not.toBe(simulateLeases(drawLeases(7)).trace)
})

test('a long run that misses a mark fails by its name', () => {
  const [part] = [playLeases({ from: 1, count: 1 })]
  const parts = [{ ...part, schedules: 2_000, marks: { ...part.marks, accepted: 0 } }]
  expect(joinedReport(parts, 1).failed.map(failureText)).toContain(
    'never happened in 2000 schedules: accepted',
  )
})
