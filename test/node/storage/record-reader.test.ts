import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRecordReader } from '#node/storage/record-reader.ts'
import type { FamilyName } from '#protocol/state/families.ts'

/** What families there are millions of hold, with every member that may be absent there or not. */
const id = fc.stringMatching(/^[a-z0-9]{1,8}$/)
const whole = fc.oneof(fc.nat(), fc.nat({ max: 999_999_999_999_999 }), fc.maxSafeNat())
const name = fc.oneof(id, fc.string({ unit: 'grapheme', maxLength: 6 }))
const ids = fc.array(id, { maxLength: 3 })
const optional = { requiredKeys: [] }

const FAMILIES_READ: readonly (readonly [FamilyName, fc.Arbitrary<object>])[] = [
  [
    'wallet',
    joined(
      fc.record({ id, kind: fc.constantFrom('person', 'card'), keys: ids }),
      fc.record(
        { assets: ids, services: ids, holds: ids, successor: id, closed: fc.constant(true) },
        optional,
      ),
    ),
  ],
  [
    'balance',
    fc.record({
      ...{ wallet: id, asset: id, available: whole },
      ...{ held: whole, totalIn: whole, totalOut: whole },
    }),
  ],
  [
    'card',
    joined(
      fc.record({ id, strength: name, place: id, batch: name, state: name }),
      fc.record(
        { wallet: id, claim: id, counter: whole, generation: whole, countedAs: id },
        optional,
      ),
    ),
  ],
  [
    'mandate',
    joined(
      fc.record({ wallet: id, to: id, caps: fc.record({ charge: whole, day: whole }) }),
      fc.record({ notAfterMs: whole }, optional),
    ),
  ],
  [
    'sale',
    joined(
      fc.record({ id, place: id, legs: fc.array(legs(), { maxLength: 3 }) }),
      fc.record({ refunded: whole, timeMs: whole }),
      fc.record({ bought: whole }, optional),
    ),
  ],
  [
    'payment',
    fc.record({
      ...{ scope: id, id, kind: name, hash: id, outcome: name },
      ...{ height: whole, index: whole, untilMs: whole },
    }),
  ],
]

describe.each(FAMILIES_READ)('a text of the family %s', (family, records) => {
  test('is read as JSON reads it, member by member, or left to it', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 8 }), (many) => {
        const reader = readerOver()
        for (const record of many) expectEqual(reader.read(family, JSON.stringify(record)), record)
      }),
    )
  })

  test('that is damaged is read as JSON reads it, or left to it', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.string({ maxLength: 2 }), (record, at, put) => {
        const text = JSON.stringify(record)
        const place = at % text.length
        const damaged = `${text.slice(0, place)}${put}${text.slice(place + 1)}`
        const reader = readerOver()
        reader.read(family, text)
        const read = reader.read(family, damaged)
        if (read !== undefined) expectEqual(read, JSON.parse(damaged))
      }),
      { numRuns: 1_000 },
    )
  })
})

test('a card’s texts in their usual form are read, whatever order they name wallets in', () => {
  const reader = readerOver()
  const names = ['wal1a', 'wal1b', 'wal1c']
  for (const wallet of names) {
    const text = JSON.stringify({ id: wallet, kind: 'card', keys: [], assets: ['ast1'] })
    expect(reader.read('wallet', text)).toEqual(JSON.parse(text))
    reader.append('wallet', wallet)
  }
  for (const wallet of ['wal1a', 'wal1b', 'wal1c', 'wal1b', 'wal1other', 'wal1a']) {
    const text = `{"wallet":"${wallet}","asset":"ast1","available":7,"held":0,"totalIn":9,"totalOut":2}`
    expect(reader.read('balance', text)).toEqual(JSON.parse(text))
  }
})

test('the key of what was read is that of its family, or left to it', () => {
  const wallet = id.map((text) => `wal1${text}`)
  const balance = fc.record({ wallet, asset: id, available: whole, held: whole })
  fc.assert(
    fc.property(fc.array(balance, { maxLength: 8 }), (many) => {
      const reader = readerOver()
      for (const record of many) {
        const text = JSON.stringify({ ...record, totalIn: 0, totalOut: 0 })
        if (reader.read('balance', text) === undefined) continue
        expect(reader.key('balance')).toBe(`${record.wallet}/${record.asset}`)
        const mandate = { wallet: record.wallet, to: record.asset, caps: { charge: 1, day: 2 } }
        expect(reader.read('mandate', JSON.stringify(mandate))).toEqual(mandate)
        expect(reader.key('mandate')).toBe(`${record.wallet}/${record.asset}`)
        expect(reader.read('card', CARD_TEXT)).toEqual(JSON.parse(CARD_TEXT))
        expect(reader.key('card')).toBe(undefined)
      }
    }),
  )
})

const CARD_TEXT = '{"id":"c","strength":"weak","place":"p","batch":"b","state":"blank"}'

test('what is in no known form is left to JSON', () => {
  const reader = readerOver()
  expect(reader.read('asset', '{"id":"ast1"}')).toBe(undefined)
  expect(reader.read('wallet', '{"id":"wal1')).toBe(undefined)
  expect(reader.read('balance', '17')).toBe(undefined)
  expect(reader.read('sale', '{"card":"crd1","wallet":"w","asset":"a","amount":1},')).toBe(
    undefined,
  )
})

/** A reader with the slots of what was appended to it. */
function readerOver() {
  const slots = { wallet: new Map<string, number>(), card: new Map<string, number>() }
  const reader = createRecordReader((family, key) => slots[family].get(key))
  const opened = new Map<FamilyName, ReturnType<typeof reader.of>>()
  const of = (family: FamilyName) => {
    if (!opened.has(family)) opened.set(family, reader.of(family))
    return opened.get(family)
  }
  return {
    read: (family: FamilyName, text: string) => of(family)?.read(text),
    key: (family: FamilyName) => of(family)?.key(),
    append: (family: 'wallet' | 'card', key: string): void => {
      slots[family].set(key, slots[family].size)
      of(family)?.append(key)
    },
  }
}

/** The same members of the same values in the same order. */
function expectEqual(read: object | undefined, record: object): void {
  if (read === undefined) return
  expect(read).toEqual(record)
  expect(JSON.stringify(read)).toBe(JSON.stringify(record))
}

function legs() {
  return fc
    .tuple(fc.record({ card: id }, optional), fc.record({ wallet: id, asset: id, amount: whole }))
    .map(([card, rest]) => ({ ...card, ...rest }))
}

function joined(...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object> {
  return fc.tuple(...parts).map((all) => Object.assign({}, ...all))
}
