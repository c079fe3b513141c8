import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClock, createTimers } from '#node/loop/timers.ts'

const DAY_MS = 86_400_000

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const create = () => {
  const start = Date.now()
  return createTimers({ wallMs: () => Date.now(), monotonicMs: () => Date.now() - start })
}

/** The faked end of a turn comes a millisecond after what happened in it. */
const TURN_MS = 1

test('an alarm rings at its time, though that is further than a timer of the runtime reaches', () => {
  const timers = create()
  const rings: string[] = []
  timers.set('month', 40 * DAY_MS, () => rings.push('month'))
  vi.advanceTimersByTime(40 * DAY_MS - 1)
  expect(rings).toEqual([])
  vi.advanceTimersByTime(1 + TURN_MS)
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
  vi.advanceTimersByTime(10 + TURN_MS)
  expect(rings).toEqual(['due', 'late'])
  timers.stop()
  vi.advanceTimersByTime(100)
  expect(rings).toEqual(['due', 'late'])
})

test('an alarm that rings late lets what came meanwhile be heard first', async () => {
  vi.useRealTimers()
  const clock = createClock()
  const timers = createTimers(clock)
  const { promise: accepted, resolve: accept } = Promise.withResolvers<Socket>()
  const server = createServer(accept)
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const speaker = connect(address.port, '127.0.0.1')
  const listener = await accepted
  const { promise: rung, resolve: ring } = Promise.withResolvers<void>()
  const happened: string[] = []
  listener.on('data', () => happened.push('heard'))
  timers.set('patience', clock.monotonicMs() + 5, () => {
    happened.push('rung')
    ring()
  })
  speaker.write('here I am')
  const untilMs = performance.now() + 30
  while (performance.now() < untilMs);
  await rung
  expect(happened).toEqual(['heard', 'rung'])
  speaker.destroy()
  listener.destroy()
  server.close()
})

test('an alarm that is about to ring can still be cleared', () => {
  const timers = create()
  const rings: string[] = []
  timers.set('cleared', 10, () => rings.push('cleared'))
  vi.advanceTimersByTime(10)
  timers.clear('cleared')
  vi.advanceTimersByTime(10)
  expect(rings).toEqual([])
})
