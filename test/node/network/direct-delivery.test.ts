import { describe, expect, test, vi } from 'vitest'
import { deliverDirectly } from '#node/network/direct-delivery.ts'

type Heard = (event: { readonly data: { readonly byteLength: number } }) => void

/** As much of a stream as takes bytes in; what goes the library's own way is `buffered`. */
const createStream = () => {
  const buffered: number[] = []
  const heard: number[] = []
  const listeners = new Set<Heard>()
  const stream = {
    readBuffer: { byteLength: 0 },
    readStatus: 'readable',
    remoteWriteStatus: 'writable',
    onData: ({ byteLength }: { readonly byteLength: number }) => {
      buffered.push(byteLength)
    },
    dispatchReadBuffer: vi.fn(),
    listenerCount: () => listeners.size,
    addEventListener: (_type: string, listener: Heard, _options?: unknown) => {
      listeners.add(listener)
    },
    removeEventListener: (_type: string, listener: Heard) => {
      listeners.delete(listener)
    },
  }
  deliverDirectly(stream)
  const listener: Heard = ({ data }) => {
    heard.push(data.byteLength)
  }
  const bytes = (length: number): void => stream.onData(new Uint8Array(length))
  return { stream, listener, buffered, heard, bytes }
}

describe('what a stream receives', () => {
  test('goes straight to its one listener', () => {
    const { stream, listener, buffered, heard, bytes } = createStream()
    stream.addEventListener('message', listener)
    bytes(5)
    bytes(7)
    expect([heard, buffered]).toEqual([[5, 7], []])
    expect(stream.dispatchReadBuffer).not.toHaveBeenCalled()
  })

  test.each([
    ['nobody listens', () => undefined],
    [
      'two listen',
      ({ stream, listener }: ReturnType<typeof createStream>) => {
        stream.addEventListener('message', listener)
        stream.addEventListener('message', () => undefined)
      },
    ],
    [
      'the listener wants one message',
      ({ stream, listener }: ReturnType<typeof createStream>) =>
        stream.addEventListener('message', listener, { once: true }),
    ],
    [
      'nobody listens any more',
      ({ stream, listener }: ReturnType<typeof createStream>) => {
        stream.addEventListener('message', listener)
        stream.removeEventListener('message', listener)
      },
    ],
    [
      'it is paused',
      ({ stream, listener }: ReturnType<typeof createStream>) => {
        stream.addEventListener('message', listener)
        stream.readStatus = 'paused'
      },
    ],
    [
      'other bytes wait',
      ({ stream, listener }: ReturnType<typeof createStream>) => {
        stream.addEventListener('message', listener)
        stream.readBuffer.byteLength = 3
      },
    ],
  ])('waits as before when %s', (_when, prepare) => {
    const bench = createStream()
    prepare(bench)
    bench.bytes(5)
    expect([bench.heard, bench.buffered]).toEqual([[], [5]])
  })

  test('may be the last: the end is seen to after it', () => {
    const { stream, bytes } = createStream()
    stream.addEventListener('message', () => {
      stream.remoteWriteStatus = 'closed'
    })
    bytes(5)
    expect(stream.dispatchReadBuffer).toHaveBeenCalledOnce()
  })

  test('is left alone in a stream of another make', () => {
    const other = { onData: () => 'as it was' }
    deliverDirectly(other)
    expect(other.onData()).toBe('as it was')
  })
})
