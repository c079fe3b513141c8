import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeFrame, type FrameFault, type FrameLimits, FrameReader } from '#node/network/frame.ts'

const LIMITS: FrameLimits = { bytesMax: 1_024, messagesMax: 8 }

const read = (pieces: readonly Uint8Array[], limits = LIMITS) => {
  const frames: (readonly Uint8Array[])[] = []
  const faults: FrameFault[] = []
  const reader = new FrameReader(limits, {
    onFrame: (messages) => frames.push(messages),
    onFault: (fault) => faults.push(fault),
  })
  for (const piece of pieces) reader.push(piece)
  return { frames, faults }
}

const cut = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const pieces: Uint8Array[] = []
  let from = 0
  for (const size of [...sizes, bytes.length]) {
    pieces.push(bytes.subarray(from, from + size))
    from += size
  }
  return pieces
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('frames', () => {
  test('arrive whole and in order however the stream cuts them', () => {
    const message = fc.uint8Array({ minLength: 1, maxLength: 100 })
    const frame = fc.array(message, { maxLength: 8 })
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 4 }), fc.array(fc.nat(40)), (sent, sizes) => {
        const stream = Uint8Array.from(sent.flatMap((messages) => [...encodeFrame(messages)]))
        const { frames, faults } = read(cut(stream, sizes))
        expect(faults).toEqual([])
        expect(frames).toEqual(sent)
      }),
    )
  })

  test('an empty frame carries no message', () => {
    expect(read([encodeFrame([])]).frames).toEqual([[]])
  })

  test('received messages do not share memory with the stream', () => {
    const stream = Buffer.from(encodeFrame([bytes(1, 2, 3)]))
    const { frames } = read([stream])
    stream.fill(0)
    expect(frames).toEqual([[bytes(1, 2, 3)]])
  })

  const faulty: readonly (readonly [string, Uint8Array, FrameFault])[] = [
    ['a length above the limit', bytes(0, 0, 4, 1), 'oversized_frame'],
    ['the largest length there is', bytes(255, 255, 255, 255), 'oversized_frame'],
    ['half a message length', bytes(0, 0, 0, 2, 0, 0), 'broken_frame'],
    ['a message longer than its frame', bytes(0, 0, 0, 5, 0, 0, 0, 2, 7), 'broken_frame'],
    ['a message with a huge length', bytes(0, 0, 0, 4, 255, 255, 255, 255), 'broken_frame'],
    ['an empty message', bytes(0, 0, 0, 4, 0, 0, 0, 0), 'broken_frame'],
    ['too many messages', encodeFrame(Array.from({ length: 9 }, () => bytes(1))), 'broken_frame'],
  ]
  test.each(faulty)(
    '%s is a fault, told once, and nothing is read after it',
    (_, stream, fault) => {
      const { frames, faults } = read([stream, encodeFrame([bytes(1)])])
      expect(faults).toEqual([fault])
      expect(frames).toEqual([])
    },
  )

  test('a frame of exactly the limit passes', () => {
    const message = new Uint8Array(LIMITS.bytesMax - 4).fill(5)
    expect(read([encodeFrame([message])]).frames).toEqual([[message]])
  })

  test('random bytes give frames or one fault, and never an error', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (pieces) => {
        const { frames, faults } = read(pieces)
        expect(faults.length).toBeLessThanOrEqual(1)
        const received = frames.flat().reduce((sum, message) => sum + message.length, 0)
        expect(received).toBeLessThanOrEqual(pieces.reduce((sum, { length }) => sum + length, 0))
      }),
    )
  })

  test('a stopped reader reads nothing', () => {
    const frames: unknown[] = []
    const reader = new FrameReader(LIMITS, {
      onFrame: (messages) => {
        frames.push(messages)
        reader.stop()
      },
      onFault: () => undefined,
    })
    reader.push(Buffer.concat([encodeFrame([bytes(1)]), encodeFrame([bytes(2)])]))
    expect(frames).toEqual([[bytes(1)]])
  })
})
