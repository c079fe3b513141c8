import { expect, test } from 'vitest'
import { createDelivery } from '#node/leases/delivery.ts'
import { DELIVERED_AT_ONCE_MAX } from '#node/leases/limits.ts'
import type { OutboxEnd, OutboxEntry } from '#node/outbox/outbox.ts'
import { Hash } from '#protocol/hash.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'

const END: OutboxEnd = { kind: 'expired', height: 1, timeMs: 1 }

/** An outbox with so much room, whose entries end when the test says so. */
const createBench = (room: number) => {
  const entries = new Map<Hash, Set<(end: OutboxEnd) => void>>()
  const bench = { room, ends: 0 }
  const delivery = createDelivery({
    submit: ({ hash }) => {
      if (entries.size >= bench.room) return 'full'
      entries.set(hash, entries.get(hash) ?? new Set())
      return 'taken'
    },
    onEnd: (hash, ended) => {
      const waiting = listeners.get(hash) ?? new Set()
      listeners.set(hash, waiting.add(ended))
      return () => void waiting.delete(ended)
    },
  })
  const listeners = new Map<Hash, Set<(end: OutboxEnd) => void>>()
  const endOldest = (): void => {
    const [hash] = entries.keys()
    if (hash === undefined) throw new Error('nothing is in the outbox')
    entries.delete(hash)
    for (const ended of listeners.get(hash) ?? []) ended(END)
  }
  const ended: (OutboxEnd | undefined)[] = []
  const bring = (number: number, isWanted: () => boolean = () => true): void => {
    const hash = Hash.parse(number.toString(16).padStart(64, '0'))
    const entry = (): OutboxEntry | undefined => (isWanted() ? entryOf(hash) : undefined)
    delivery.bring({ hash, entry, ended: (end) => ended.push(end) })
  }
  return { bench, entries, ended, bring, endOldest, goOn: delivery.goOn }
}

const entryOf = (hash: Hash): OutboxEntry => ({
  ...{ hash, text: '', scope: 'place', kind: 'hold.capture', expMs: 1, sinceMs: 0 },
  id: PaymentId.parse('01890a5d-ac96-774b-bcce-b302099a8057'),
})

test('so many are in the outbox at one time, and whichever ends makes room for the next', () => {
  const { bring, entries, ended, endOldest } = createBench(Number.POSITIVE_INFINITY)
  const many = DELIVERED_AT_ONCE_MAX + 3
  for (let number = 0; number < many; number++) bring(number)
  for (let left = 3; left > 0; left--) {
    expect(entries.size).toBe(DELIVERED_AT_ONCE_MAX)
    endOldest()
  }
  while (entries.size > 0) endOldest()
  expect(ended).toEqual(Array.from({ length: many }, () => END))
})

test('a full outbox is tried again when one of ours ends, and when somebody asks', () => {
  const { bench, bring, entries, endOldest, goOn } = createBench(1)
  for (const number of [1, 2, 3, 4]) bring(number)
  expect(entries.size).toBe(1)
  endOldest()
  expect(entries.size).toBe(1)
  bench.room = 2
  goOn()
  expect(entries.size).toBe(2)
})

test('what is not wanted any more when its turn comes is passed over', () => {
  const { bring, entries, ended, endOldest } = createBench(1)
  let isWanted = true
  bring(1)
  bring(2, () => isWanted)
  bring(3)
  isWanted = false
  endOldest()
  expect(ended).toEqual([END, undefined])
  expect([...entries.keys()]).toEqual([entryOf(Hash.parse('3'.padStart(64, '0'))).hash])
})
