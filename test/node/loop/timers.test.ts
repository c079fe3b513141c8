import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTimers } from '#node/loop/timers.ts'

const DAY_MS = 86_400_000

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const create = () => {
  const start = Date.now()
  return createTimers({ wallMs: () => Date.now(), monotonicMs: () => Date.now() - start })
}

test('an alarm rings at its time, though that is further than a timer of the runtime reaches', () => {
  const timers = create()
  const rings: string[] = []
  timers.set('month', 40 * DAY_MS, () => rings.push('month'))
  vi.advanceTimersByTime(40 * DAY_MS - 1)
  expect(rings).toEqual([])
  vi.advanceTimersByTime(1)
  expect(rings).toEqual(['month'])
})

test('an alarm set again moves, a cleared or stopped one is silent', () => {
  const timers = create()
  const rings: string[] = []
  timers.set('moved', 10, () => rings.push('early'))
  timers.set('moved', 30, () => rings.push('late'))
  timers.set('cleared', 10, () => rings.push('cleared'))
  timers.clear('cleared')
  vi.advanceTimersByTime(20)
  expect(rings).toEqual([])
  timers.set('due', 0, () => rings.push('due'))
  timers.set('stopped', 50, () => rings.push('stopped'))
  vi.advanceTimersByTime(10)
  expect(rings).toEqual(['due', 'late'])
  timers.stop()
  vi.advanceTimersByTime(100)
  expect(rings).toEqual(['due', 'late'])
})
