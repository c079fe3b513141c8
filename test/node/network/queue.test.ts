import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PRIORITIES, type Priority } from '#node/network/network-port.ts'
import { OutgoingQueue } from '#node/network/queue.ts'

const message = (mark: number, length = 10): Uint8Array => new Uint8Array(length).fill(mark)
const marksOf = (messages: readonly Uint8Array[]): (number | undefined)[] =>
  messages.map(([mark]) => mark)
const NO_LIMIT = { bytesMax: 1_000_000, messagesMax: 1_000 }

describe('the outgoing queue', () => {
  test('gives the highest priority first, and the oldest of it first', () => {
    const queue = new OutgoingQueue(NO_LIMIT)
    const order: readonly (readonly [Priority, number])[] = [
      ['sync', 1],
      ['transaction', 2],
      ['vote', 3],
      ['proposal', 4],
      ['vote', 5],
      ['sync', 6],
    ]
    for (const [priority, mark] of order) queue.push(priority, message(mark))
    expect(marksOf(queue.takeFrame(1_000, 100))).toEqual([3, 5, 4, 2, 1, 6])
    expect(queue.count).toBe(0)
    expect(queue.bytes).toBe(0)
  })

  test('a frame holds at most its bytes and its messages, but at least one message', () => {
    const queue = new OutgoingQueue(NO_LIMIT)
    for (const mark of [1, 2, 3, 4]) queue.push('vote', message(mark))
    expect(marksOf(queue.takeFrame(28, 100))).toEqual([1, 2])
    expect(marksOf(queue.takeFrame(1_000, 1))).toEqual([3])
    expect(marksOf(queue.takeFrame(1, 100))).toEqual([4])
    expect(queue.takeFrame(1, 100)).toEqual([])
  })

  test('a full queue lets the newest of the lowest priority go first', () => {
    const queue = new OutgoingQueue({ bytesMax: 40, messagesMax: 100 })
    queue.push('sync', message(1))
    queue.push('sync', message(2))
    queue.push('transaction', message(3))
    queue.push('proposal', message(4))
    expect(queue.push('vote', message(5, 30))).toEqual({
      queued: true,
      dropped: ['sync', 'sync', 'transaction'],
    })
    expect(marksOf(queue.takeFrame(1_000, 100))).toEqual([5, 4])
  })

  const refused: readonly (readonly [Priority, Priority])[] = [
    ['vote', 'vote'],
    ['vote', 'proposal'],
    ['proposal', 'transaction'],
    ['transaction', 'sync'],
    ['sync', 'sync'],
  ]
  test.each(refused)(
    'full of %s, it refuses a further %s and keeps what it has',
    (held, further) => {
      const queue = new OutgoingQueue({ bytesMax: 100, messagesMax: 2 })
      queue.push(held, message(1))
      queue.push(held, message(2))
      expect(queue.push(further, message(3))).toEqual({ queued: false })
      expect(marksOf(queue.takeFrame(1_000, 100))).toEqual([1, 2])
    },
  )

  test('never holds more than its limits and loses nothing it does not name', () => {
    const step = fc.tuple(fc.constantFrom(...PRIORITIES), fc.integer({ min: 1, max: 60 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new OutgoingQueue({ bytesMax: 200, messagesMax: 8 })
        let expected = 0
        for (const [priority, length] of steps) {
          const queued = queue.push(priority, message(1, length))
          expected += queued.queued ? 1 - queued.dropped.length : 0
          if (queued.queued) expect(queued.dropped).not.toContain('vote')
          expect(queue.bytes).toBeLessThanOrEqual(200)
          expect(queue.count).toBe(expected)
        }
        expect(queue.takeFrame(10_000, 100).length).toBe(expected)
        expect(queue.bytes).toBe(0)
      }),
    )
  })
})
