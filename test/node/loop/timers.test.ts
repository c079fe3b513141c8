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

test('alarms that are cleared and moved leave one timer, and each rings in its turn', () => {
  const timers = create()
  const rings: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) {
    timers.set(name, 50, () => rings.push(`never ${name}`))
    timers.clear(name)
    timers.set(name, 10, () => rings.push(`early ${name}`))
  }
  timers.set('d', 40, () => rings.push('d'))
  timers.set('c', 20, () => rings.push('c'))
  timers.clear('b')
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(10 + TURN_MS)
  expect(rings).toEqual(['early a'])
  vi.advanceTimersByTime(30)
  expect(rings).toEqual(['early a', 'c', 'd'])
  expect(vi.getTimerCount()).toBe(0)
})

test('an alarm is silent that is cleared, or set again, in the turn in which it rings', () => {
  const timers = create()
  const rings: string[] = []
  timers.set('cleared', 0, () => rings.push('cleared'))
  timers.clear('cleared')
  timers.set('moved', 0, () => rings.push('early'))
  timers.set('moved', 5, () => rings.push('late'))
  vi.advanceTimersByTime(TURN_MS)
  expect(rings).toEqual([])
  vi.advanceTimersByTime(5)
  expect(rings).toEqual(['late'])
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
