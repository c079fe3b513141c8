import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PREFIXES } from '#node/storage/key-map.ts'
import { checkedEvent, readEventsOf, writeEvents } from '#node/storage/stored-event.ts'
import { units } from '#protocol/amount.ts'
import { hashOf } from '#protocol/hash.ts'
import { deriveId } from '#protocol/id.ts'
import type { LedgerEvent, Leg } from '#protocol/ledger/event.ts'
import { CARD_WALLET, PLACE, paymentId, saleAt } from './machine.ts'
import { putsOf } from './puts.ts'

const HEIGHT = 7
const ASSET = deriveId('ast', 'euro')

/** An event that has everything an event can have: a new property must be stored, too. */
const FULL: Required<Omit<LedgerEvent, 'facts'>> & {
  readonly facts: Required<NonNullable<LedgerEvent['facts']>>
} = {
  height: HEIGHT,
  index: 0,
  timeMs: 1_781_978_400_000,
  kind: 'sale',
  id: paymentId(1),
  scope: PLACE,
  place: PLACE,
  grant: deriveId('grt', 'till'),
  outcome: 'applied',
  movements: [
    { wallet: CARD_WALLET, asset: ASSET, change: -Number.MAX_SAFE_INTEGER },
    { wallet: deriveId('wal', 'bar'), asset: ASSET, change: Number.MAX_SAFE_INTEGER },
  ],
  created: [deriveId('crd', 'one'), 'Zoë’s', ''],
  legs: [
    { card: deriveId('crd', 'one'), wallet: CARD_WALLET, asset: ASSET, amount: units(3) },
    { wallet: CARD_WALLET, asset: ASSET, amount: units(0) },
  ] satisfies readonly [Required<Leg>, Leg],
  facts: {
    missingAmount: 12,
    cancelled: true,
    untilMs: 1_790_000_000_000,
    visits: 3,
    stayedMs: 0,
    uncovered: 9,
    reason: hashOf(new Uint8Array(1)),
  },
}

const storedBytes = (events: readonly LedgerEvent[]): Uint8Array => {
  const [put] = putsOf((writer) => {
    writer.key(PREFIXES.event).value()
    writeEvents(writer, HEIGHT, events)
    writer.end()
  })
  if (put === undefined) throw new Error('no put')
  return put.value
}

const read = (bytes: Uint8Array): readonly (LedgerEvent | undefined)[] | undefined =>
  readEventsOf(bytes, HEIGHT)?.map(checkedEvent)

test('what is read is what was written, with everything or with nothing', () => {
  const { place, legs, facts, ...bare } = FULL
  const events: readonly LedgerEvent[] = [
    FULL,
    bare,
    { ...bare, place, created: [], movements: [] },
    { ...bare, legs: [] },
    { ...bare, facts: {} },
    { ...bare, facts: { cancelled: false } },
    { ...bare, legs, facts: { missingAmount: facts.missingAmount } },
    { ...bare, facts: { stayedMs: 7 } },
    { ...bare, facts: { reason: facts.reason } },
    { ...bare, facts: { uncovered: 1 } },
    { ...bare, facts: { untilMs: 1, visits: 2 } },
    { ...saleAt(5), kind: 'refund' as const },
  ].map((event, index) => ({ ...event, height: HEIGHT, index, id: paymentId(index) }))
  expect(read(storedBytes(events))).toEqual(events)
})

test('more texts than have numbers are stored all the same', () => {
  const created = Array.from({ length: 60_000 }, (_, index) => `id ${index}`)
  const events = [0, 1].map((index) => ({
    ...FULL,
    index,
    created: created.map((id) => id + index),
  }))
  expect(read(storedBytes([...events, { ...FULL, index: 2 }]))).toEqual([
    ...events,
    { ...FULL, index: 2 },
  ])
})

test('what every event of a block names is stored once', () => {
  const events = Array.from({ length: 400 }, (_, index): LedgerEvent => {
    const wallet = deriveId('wal', `card ${index}`)
    const card = deriveId('crd', `card ${index}`)
    const legs = [{ card, wallet, asset: ASSET, amount: units(3) }]
    const movements = [
      { wallet, asset: ASSET, change: -3 },
      { wallet: CARD_WALLET, asset: ASSET, change: 3 },
    ]
    return {
      ...saleAt(5),
      height: HEIGHT,
      index,
      id: paymentId(index),
      movements,
      created: [],
      legs,
    }
  })
  const bytes = storedBytes(events)
  expect(read(bytes)).toEqual(events)
  // Of each a wallet and a card are new: what others name is repeated once in hundreds.
  const [one, two] = [1, 2].map((count) => storedBytes(events.slice(0, count)).length)
  expect(bytes.length).toBeLessThan(1.01 * (399 * ((two ?? 0) - (one ?? 0)) + (one ?? 0)))
})

test('an event at another place than its own is our mistake', () => {
  expect(() => storedBytes([{ ...FULL, index: 1 }])).toThrow('7/1 stands at 7/0')
  expect(() => storedBytes([{ ...FULL, height: 8 }])).toThrow('8/0 stands at 7/0')
})

test('any other bytes are events, none, or refused: never a crash', () => {
  const whole = storedBytes([FULL, { ...FULL, index: 1 }])
  for (let length = 1; length < whole.length; length++) {
    const events = read(whole.subarray(0, length))
    expect(events === undefined || events.length === 1).toBe(true)
  }
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const changed = whole.slice()
      changed[at] = byte
      read(changed)
    }),
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void read(bytes)))
})
