import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { outcomeWithin, type Told } from '#node/desk/patience.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Several submissions of one request, each told by hand. */
const createRequest = (count: number) => {
  const controller = new AbortController()
  const waiting = { waitMs: 1_000, signal: controller.signal }
  const told: Told<string>[] = []
  const outcomes = Array.from({ length: count }, () =>
    outcomeWithin<string>(waiting, (tell) => told.push(tell)),
  )
  const listeners = (): number => getEventListeners(controller.signal, 'abort').length
  return { controller, told, outcomes, listeners, waiting }
}

describe('the submissions of one request', () => {
  test('share one timer and one ear, and leave nothing behind', async () => {
    const { told, outcomes, listeners } = createRequest(3)
    expect([vi.getTimerCount(), listeners()]).toEqual([1, 1])
    told[1]?.ended('two')
    told[0]?.ended('one')
    expect([vi.getTimerCount(), listeners()]).toEqual([1, 1])
    told[2]?.ended('three')
    expect([vi.getTimerCount(), listeners()]).toEqual([0, 0])
    expect(await Promise.all(outcomes)).toEqual(['one', 'two', 'three'])
  })

  test('are given up together, each once it is on disk', async () => {
    const { told, outcomes } = createRequest(2)
    told[0]?.stored()
    vi.advanceTimersByTime(1_000)
    expect(await outcomes[0]).toBeUndefined()
    told[1]?.stored()
    expect(await outcomes[1]).toBeUndefined()
  })

  test('are given up when their sender leaves', async () => {
    const { controller, told, outcomes, listeners } = createRequest(2)
    for (const { stored } of told) stored()
    controller.abort()
    expect(await Promise.all(outcomes)).toEqual([undefined, undefined])
    expect([vi.getTimerCount(), listeners()]).toEqual([0, 0])
  })

  test('that begin when nobody waits any more are stored all the same', async () => {
    const { controller, waiting } = createRequest(0)
    controller.abort()
    let tell: Told<string> | undefined
    const outcome = outcomeWithin<string>(waiting, (told) => {
      tell = told
    })
    tell?.stored()
    expect(await outcome).toBeUndefined()
  })
})
