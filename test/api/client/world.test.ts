import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TIMER_MS_MAX } from '#api/client/limits.ts'
import { thisWorld } from '#api/client/world.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a pause that is longer than timers can count does not end at once', async () => {
  let isOver = false
  const pausing = thisWorld()
    .pause(999_999_999_000)
    .then(() => {
      isOver = true
    })
  await vi.advanceTimersByTimeAsync(TIMER_MS_MAX - 1)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await pausing
  expect(isOver).toBe(true)
})
