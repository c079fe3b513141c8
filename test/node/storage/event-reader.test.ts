import { describe, expect, test } from 'vitest'
import { segmentChanges, unwrittenOf } from '#node/storage/chain-batch.ts'
import { putting } from '#node/storage/changes.ts'
import { readEvent, readEvents, readHistory } from '#node/storage/event-reader.ts'
import { heightPart, keyOf, type LedgerPlace, ownerPart, PREFIXES } from '#node/storage/key-map.ts'
import { EVENT_BLOCKS_PAGE } from '#node/storage/limits.ts'
import { ZERO_HASH } from '#protocol/hash.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { createMemoryKeyValues } from '../../support/memory-key-values.ts'
import { CARD_WALLET, certificateOf, PLACE, paymentId, saleAt } from './machine.ts'
import { blockAt, digestOf, valueFrom } from './records.ts'

/** Blocks of 0, 1, 2, 3, 0, 1… sales; the card pays in every second one. */
const store = (heights: number) => {
  const port = createMemoryKeyValues().open()
  const all: LedgerPlace[] = []
  for (let height = 1; height <= heights; height++) {
    const events = Array.from({ length: height % 4 }, (_, index): LedgerEvent => {
      const { movements, ...sale } = saleAt(1)
      const id = paymentId(height * 16 + index)
      return { ...sale, height, index, id, movements: index % 2 === 0 ? movements : [] }
    })
    all.push(...events.map(({ index }) => ({ height, index })))
    const block = blockAt(height, ZERO_HASH)
    const transactions = events.map(({ id }) => ({ hash: digestOf(id) }))
    const committed = { block, transactions, events, writes: [] }
    port.batch(
      segmentChanges(
        [{ ...unwrittenOf(committed), position: POSITION }],
        { certificate: certificateOf(block), above: undefined },
        {},
      ),
      { sync: true },
      () => undefined,
    )
  }
  return { port, all }
}

const POSITION = { segment: 1, offset: 0, length: 9, index: 0 }

const placesOf = (events: readonly LedgerEvent[]): readonly LedgerPlace[] =>
  events.map(({ height, index }) => ({ height, index }))

describe('events of many transactions a block', () => {
  test('come each once and in order, whatever the page', () => {
    const { port, all } = store(3 * EVENT_BLOCKS_PAGE + 5)
    for (const limit of [1, 2, 5, 500]) {
      const seen: LedgerPlace[] = []
      for (let from = { height: 0, index: 0 }; ; ) {
        const page = placesOf(valueFrom((answer) => readEvents(port, { from, limit }, answer)))
        expect(page.length).toBeLessThanOrEqual(limit)
        seen.push(...page)
        const last = page.at(-1)
        if (last === undefined) break
        from = last
      }
      expect(seen).toEqual(all)
    }
  })

  test('an index above every index of a block is the end of the block', () => {
    const { port } = store(8)
    const from = { height: 3, index: 0xffff_ffff }
    const page = valueFrom<readonly LedgerEvent[]>((answer) =>
      readEvents(port, { from, limit: 1 }, answer),
    )
    expect(placesOf(page)).toEqual([{ height: 5, index: 0 }])
  })

  test('make a history, newest first, whatever the page', () => {
    const { port, all } = store(21)
    for (const [owner, places] of [
      [PLACE, all],
      [CARD_WALLET, all.filter(({ index }) => index % 2 === 0)],
    ] as const) {
      for (const limit of [1, 2, 3, 50]) {
        const seen: LedgerPlace[] = []
        for (let below: LedgerPlace | undefined; ; ) {
          const page = { owner, limit, ...(below && { below }) }
          const events = valueFrom<readonly LedgerEvent[]>((answer) =>
            readHistory(port, page, answer),
          )
          expect(events.length).toBeLessThanOrEqual(limit)
          seen.push(...placesOf(events))
          below = placesOf(events).at(-1)
          if (below === undefined) break
        }
        expect(seen).toEqual(places.toReversed())
      }
    }
  })

  test('are found by their place, or there is none', () => {
    const { port } = store(3)
    expect(readEvent(port, { height: 3, index: 2 })?.id).toBe(paymentId(50))
    expect(readEvent(port, { height: 3, index: 3 })).toBeUndefined()
    expect(readEvent(port, { height: 4, index: 0 })).toBeUndefined()
  })
})

describe('a corrupt database', () => {
  const put = (key: Uint8Array, value: Uint8Array) => {
    const { port } = store(3)
    port.batch(putting(key, value), { sync: true }, () => undefined)
    return port
  }
  const eventKey = keyOf(PREFIXES.event, heightPart(3))
  const ownerKey = keyOf(PREFIXES.placeEvent, ownerPart(PLACE), heightPart(3))

  test.each([
    ['half a length', Uint8Array.of(0, 0)],
    ['a length without its text', Uint8Array.of(0, 0, 0, 9, 0x7b)],
    ['another text', Uint8Array.of(0, 0, 0, 2, 0x7b, 0x7d)],
  ])('is told: %s', (_, value) => {
    expect(() => readEvent(put(eventKey, value), { height: 3, index: 0 })).toThrow('corrupt')
  })

  test.each([
    ['half an index', Uint8Array.of(0, 0)],
    ['no index', new Uint8Array(0)],
    ['indexes out of order', Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1)],
    ['an index without its event', Uint8Array.of(0, 0, 0, 9)],
  ])('is told: %s', (_, value) => {
    const port = put(ownerKey, value)
    let code: string | undefined
    readHistory(port, { owner: PLACE, limit: 9 }, (result) => {
      code = result.ok ? undefined : result.error.code
    })
    expect(code).toBe('state_corrupt')
  })
})
