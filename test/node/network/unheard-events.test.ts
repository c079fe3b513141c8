import { describe, expect, test, vi } from 'vitest'
import { dispatches, skipUnheard } from '#node/network/unheard-events.ts'

/** As much of a stream as tells its events. */
const createStream = () => {
  const heard = new Map<string, number>()
  const dispatched = vi.fn((_type: string) => true)
  const stream = {
    listenerCount: (type: string) => heard.get(type) ?? 0,
    safeDispatchEvent: dispatched,
  }
  skipUnheard(stream)
  return { stream, dispatched, listen: (type: string) => heard.set(type, 1) }
}

describe('a stream of which events nobody hears are not made', () => {
  test('tells what is listened for, from the moment it is', () => {
    const { stream, dispatched, listen } = createStream()
    expect(stream.safeDispatchEvent('drain')).toBe(true)
    expect(dispatched).not.toHaveBeenCalled()
    listen('drain')
    stream.safeDispatchEvent('drain')
    stream.safeDispatchEvent('idle')
    expect(dispatched.mock.calls.map(([type]) => type)).toEqual(['drain'])
  })

  test('is told from what has no events', () => {
    expect(dispatches(createStream().stream)).toBe(true)
    expect(dispatches({ listenerCount: () => 0 })).toBe(false)
  })
})
