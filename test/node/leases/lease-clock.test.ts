import { expect, test } from 'vitest'
import { createLeaseClock } from '#node/leases/lease-clock.ts'
import { createAlarmClock } from '../loop/alarm-clock.ts'

const START_MS = 1_000_000

test('begins at the wall clock, or at what was noted last if that is later', () => {
  const { clock } = createAlarmClock(START_MS)
  expect(createLeaseClock(clock, { journalledMs: 0 }).nowMs()).toBe(START_MS)
  expect(createLeaseClock(clock, { journalledMs: START_MS + 5 }).nowMs()).toBe(START_MS + 5)
})

test('goes on with the monotonic clock, whatever the wall clock does', () => {
  const { clock, pass } = createAlarmClock(START_MS)
  let wallMs = START_MS
  const lease = createLeaseClock({ ...clock, wallMs: () => wallMs }, { journalledMs: 0 })
  wallMs = 0
  pass(700)
  expect(lease.nowMs()).toBe(START_MS + 700)
})

test('follows final blocks forwards and never back', () => {
  const { clock, pass } = createAlarmClock(START_MS)
  const lease = createLeaseClock(clock, { journalledMs: 0 })
  lease.onFinal(START_MS + 10_000)
  pass(5)
  expect(lease.nowMs()).toBe(START_MS + 10_005)
  lease.onFinal(START_MS)
  expect(lease.nowMs()).toBe(START_MS + 10_005)
})
