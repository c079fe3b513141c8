import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPace } from '#node/storage/pace.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Starts of a pace of 100 ms, each with the time at which it came. */
const setUp = () => {
  const pace = createPace(100)
  const began = performance.now()
  const starts: number[] = []
  return { starts, ask: () => pace(() => starts.push(Math.round(performance.now() - began))) }
}

test('the first write starts at the end of the turn, those after it a pause apart', () => {
  const { starts, ask } = setUp()
  ask()
  expect(starts).toEqual([])
  vi.advanceTimersByTime(0)
  expect(starts).toEqual([0])
  vi.advanceTimersByTime(30)
  ask()
  vi.advanceTimersByTime(69)
  expect(starts).toEqual([0])
  vi.advanceTimersByTime(1)
  expect(starts).toEqual([0, 100])
})

test('what comes after the pause does not wait for another one', () => {
  const { starts, ask } = setUp()
  ask()
  vi.advanceTimersByTime(150)
  ask()
  vi.advanceTimersByTime(0)
  expect(starts).toEqual([0, 150])
})
