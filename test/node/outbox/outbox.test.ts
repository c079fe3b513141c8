import { describe, expect, test } from 'vitest'
import {
  BLOCK_TIME_PAUSE_MS,
  OFFER_FIRST_PAUSE_MS,
  OFFER_PAUSE_GROWTH,
  OFFER_PAUSE_MAX_MS,
  OFFERS_PER_SWEEP_MAX,
  OUTBOX_EASY,
  OUTBOX_MAX,
  Outbox,
  type OutboxEnd,
  type OutboxEntry,
} from '#node/outbox/outbox.ts'
import { unfinished } from '#node/outbox/unfinished.ts'
import type { Answer } from '#node/storage/completion.ts'
import type { TransactionEnd } from '#node/storage/stored-block.ts'
import type { Hash } from '#protocol/hash.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { createAlarmClock } from '../loop/alarm-clock.ts'
import { CARD_WALLET, PLACE, paymentId, saleAt } from '../storage/machine.ts'
import { blockAt, digestOf, valueFrom } from '../storage/records.ts'

const createBench = (recovered: readonly OutboxEntry[] = []) => {
  const alarms = createAlarmClock()
  const log: string[] = []
  const saving: (() => void)[] = []
  const offers: { readonly texts: readonly string[]; readonly reach: string }[] = []
  const erased: OutboxEnd['kind'][] = []
  const outbox = new Outbox(
    {
      ...alarms,
      save: (entry, done) => {
        log.push(`save ${entry.text}`)
        saving.push(done)
      },
      erase: (ended) => erased.push(...ended.map(({ end }) => end.kind)),
      offer: (texts, reach) => {
        log.push(`offer ${reach}`)
        offers.push({ texts, reach })
      },
      askBlockTime: () => void log.push('ask'),
    },
    recovered,
  )
  const ends: string[] = []
  const entryOf = (id: number, changes: Partial<OutboxEntry> = {}): OutboxEntry => ({
    hash: digestOf(`transaction ${id}`),
    text: `text ${id}`,
    id: paymentId(id),
    scope: PLACE,
    kind: 'sale',
    expMs: alarms.clock.wallMs() + 60_000,
    sinceMs: alarms.clock.wallMs(),
    ...changes,
  })
  const submit = (entry: OutboxEntry): void => {
    outbox.onEnd(entry.hash, ({ kind }) => ends.push(`${entry.text} ${kind}`))
    outbox.submit(entry, () => log.push(`stored ${entry.text}`))
  }
  const saved = (): void => {
    for (const done of saving.splice(0)) done()
  }
  return { ...alarms, outbox, log, offers, erased, ends, entryOf, submit, saved }
}

/** A final block at a height of this time, with one event for each transaction. */
const finalAt = (
  height: number,
  timeMs: number,
  recorded: readonly { readonly hash: Hash; readonly event: LedgerEvent }[] = [],
) => {
  const block = blockAt(height, digestOf('parent'))
  return {
    block: { ...block, header: { ...block.header, timestampMs: timeMs } },
    events: recorded.map(({ event }) => ({ ...event, height })),
    transactions: recorded.map(({ hash }) => ({ hash })),
  }
}

describe('a submission', () => {
  test('is told to be stored, and offered, only once it is on disk', () => {
    const bench = createBench()
    bench.submit(bench.entryOf(1))
    bench.submit(bench.entryOf(1))
    bench.pass(OFFER_FIRST_PAUSE_MS * 3)
    expect(bench.log).toEqual(['save text 1'])
    bench.saved()
    expect(bench.log).toEqual(['save text 1', 'offer first', 'stored text 1', 'stored text 1'])
  })

  test('is offered to everybody, ever more seldom, until it has an outcome', () => {
    const bench = createBench()
    const entry = bench.entryOf(1)
    bench.submit(entry)
    bench.saved()
    bench.pass(8 * OFFER_FIRST_PAUSE_MS)
    const early = bench.offers.length
    expect(early).toBeGreaterThan(2)
    expect(early).toBeLessThan(6)
    bench.outbox.onFinal([
      finalAt(1, 0, [{ hash: entry.hash, event: { ...saleAt(1), id: entry.id } }]),
    ])
    bench.pass(60_000)
    expect(bench.offers).toHaveLength(early)
    expect(bench.armed()).toEqual([])
  })

  test('is offered at once when the link is back, however long its pause has become', () => {
    const bench = createBench()
    bench.submit(bench.entryOf(1))
    bench.saved()
    bench.pass(OFFER_PAUSE_MAX_MS * 4)
    bench.submit(bench.entryOf(2))
    bench.offers.length = 0
    bench.outbox.offerAnew()
    bench.pass(1)
    expect(bench.offers).toEqual([{ texts: ['text 1'], reach: 'again' }])
    bench.pass(OFFER_FIRST_PAUSE_MS * OFFER_PAUSE_GROWTH + OFFER_FIRST_PAUSE_MS)
    expect(bench.offers).toHaveLength(2)
  })

  test('that ended while it was being written is not offered any more', () => {
    const bench = createBench()
    const entry = bench.entryOf(1)
    bench.submit(entry)
    bench.outbox.onFinal([
      finalAt(1, 0, [{ hash: entry.hash, event: { ...saleAt(1), id: entry.id } }]),
    ])
    bench.saved()
    expect(bench.ends).toEqual(['text 1 recorded'])
    expect(bench.offers).toEqual([])
  })

  test('more than become final crowd it, and what has ended makes room at once', () => {
    const bench = createBench()
    const entries = Array.from({ length: OUTBOX_EASY }, (_, id) => bench.entryOf(id))
    for (const entry of entries) {
      expect(bench.outbox.isCrowded()).toBe(false)
      bench.outbox.submit(entry, () => undefined)
    }
    bench.saved()
    expect(bench.outbox.isCrowded()).toBe(true)
    const [first] = entries
    if (first === undefined) throw new Error('no entry')
    bench.outbox.onFinal([
      finalAt(1, 0, [{ hash: first.hash, event: { ...saleAt(1), id: first.id } }]),
    ])
    expect(bench.outbox.isCrowded()).toBe(false)
  })

  test('holds what becomes final in some seconds where that is more', () => {
    const bench = createBench()
    const entries = Array.from({ length: 3 * OUTBOX_EASY }, (_, id) => bench.entryOf(id))
    for (const entry of entries) bench.outbox.submit(entry, () => undefined)
    bench.saved()
    bench.pass(OFFER_FIRST_PAUSE_MS)
    const ended = entries
      .slice(0, OUTBOX_EASY)
      .map(({ hash, id }) => ({ hash, event: { ...saleAt(1), id } }))
    bench.outbox.onFinal([finalAt(1, 0, ended)])
    expect(bench.outbox.isCrowded()).toBe(true)
    bench.pass(OFFER_FIRST_PAUSE_MS)
    // 4,096 ended in a second, so 8,192 may wait, which is how many do.
    expect(bench.outbox.isCrowded()).toBe(true)
    const more = entries.slice(OUTBOX_EASY, OUTBOX_EASY + 1)
    bench.outbox.onFinal([
      finalAt(
        2,
        0,
        more.map(({ hash, id }) => ({ hash, event: { ...saleAt(2), id } })),
      ),
    ])
    expect(bench.outbox.isCrowded()).toBe(false)
  })

  test('that only waits its turn on a busy node is not offered again before that could have come', () => {
    const bench = createBench()
    const entries = Array.from({ length: 2_000 }, (_, id) => bench.entryOf(id))
    for (const entry of entries) bench.outbox.submit(entry, () => undefined)
    bench.saved()
    bench.pass(OFFER_FIRST_PAUSE_MS)
    const ended = entries
      .slice(0, 1_000)
      .map(({ hash, id }) => ({ hash, event: { ...saleAt(1), id } }))
    bench.outbox.onFinal([finalAt(1, 0, ended)])
    bench.pass(OFFER_FIRST_PAUSE_MS)
    // 1,000 ended in a second and as many wait: the next one's turn comes in about one.
    const late = bench.entryOf(5_000)
    bench.outbox.submit(late, () => undefined)
    bench.saved()
    const isOfferedAgain = (): boolean =>
      bench.offers.some(({ texts, reach }) => reach === 'again' && texts.includes(late.text))
    bench.pass(OFFER_FIRST_PAUSE_MS)
    expect(isOfferedAgain()).toBe(false)
    bench.pass(2 * OFFER_FIRST_PAUSE_MS)
    expect(isOfferedAgain()).toBe(true)
  })

  test('beyond the bound is turned away, and one sweep offers a bounded number', () => {
    const bench = createBench()
    for (let id = 1; id <= OUTBOX_MAX; id++) bench.outbox.submit(bench.entryOf(id), () => undefined)
    expect(bench.outbox.submit(bench.entryOf(OUTBOX_MAX + 1), () => undefined)).toBe('full')
    bench.saved()
    bench.pass(OFFER_FIRST_PAUSE_MS)
    expect(bench.offers.at(-1)?.texts).toHaveLength(OFFERS_PER_SWEEP_MAX)
  })
})

describe('an outcome', () => {
  test('of a payment is that of its cancellation too, and the other way round', () => {
    const bench = createBench()
    const [sale, cancel] = [
      bench.entryOf(1),
      bench.entryOf(1, { hash: digestOf('cancel'), text: 'cancel', kind: 'payment.cancel' }),
    ]
    for (const entry of [sale, cancel]) bench.submit(entry)
    expect(bench.outbox.find(PLACE, sale.id)).toEqual([sale, cancel])
    bench.outbox.onFinal([
      finalAt(1, 0, [{ hash: cancel.hash, event: { ...saleAt(1), id: sale.id } }]),
    ])
    expect(bench.ends.toSorted()).toEqual(['cancel recorded', 'text 1 recorded'])
    expect(bench.outbox.size()).toBe(0)
  })

  test('is known by the transaction, although its scope is another than was thought', () => {
    const bench = createBench()
    const entry = bench.entryOf(1)
    bench.submit(entry)
    const event = { ...saleAt(1), id: entry.id, scope: CARD_WALLET }
    bench.outbox.onFinal([finalAt(1, entry.expMs + 1, [{ hash: entry.hash, event }])])
    expect(bench.ends).toEqual(['text 1 recorded'])
  })

  test('that was recorded is erased once the store holds its block, and not before', () => {
    const bench = createBench()
    const entry = bench.entryOf(1)
    bench.submit(entry)
    const final = finalAt(3, 0, [{ hash: entry.hash, event: { ...saleAt(3), id: entry.id } }])
    bench.outbox.onFinal([final])
    bench.outbox.onStored([finalAt(2, 0)])
    expect(bench.erased).toEqual([])
    bench.outbox.onStored([final])
    expect(bench.erased).toEqual(['recorded'])
    bench.outbox.onStored([finalAt(4, 0)])
    expect(bench.erased).toHaveLength(1)
  })

  test('is expiry when block time reaches it, and only then', () => {
    const bench = createBench()
    const [soon, late] = [bench.entryOf(1), bench.entryOf(2, { expMs: Number.MAX_SAFE_INTEGER })]
    for (const entry of [soon, late]) bench.submit(entry)
    bench.outbox.onFinal([finalAt(1, soon.expMs - 1)])
    expect(bench.ends).toEqual([])
    bench.outbox.onFinal([finalAt(2, soon.expMs)])
    expect(bench.ends).toEqual(['text 1 expired'])
    expect(bench.erased).toEqual(['expired'])
    expect(bench.outbox.entries()).toEqual([late])
  })
})

describe('a block that tells the time', () => {
  test('is asked for while something waits beyond its expiry, now and then', () => {
    const bench = createBench()
    bench.submit(bench.entryOf(1, { expMs: bench.clock.wallMs() + 1_000 }))
    bench.saved()
    bench.pass(999)
    expect(bench.log).not.toContain('ask')
    bench.pass(2 * BLOCK_TIME_PAUSE_MS)
    const asked = bench.log.filter((line) => line === 'ask').length
    expect(asked).toBe(2)
  })

  test('is not asked for on account of what has its outcome already', () => {
    const bench = createBench()
    const early = bench.entryOf(1, { expMs: bench.clock.wallMs() + 1_000 })
    bench.submit(early)
    bench.saved()
    const event = { ...saleAt(1), id: early.id }
    bench.outbox.onFinal([finalAt(1, 0, [{ hash: early.hash, event }])])
    bench.pass(5_000)
    bench.submit(bench.entryOf(2))
    bench.saved()
    bench.pass(5_000)
    expect(bench.log).not.toContain('ask')
  })
})

describe('after a restart', () => {
  test('what was on disk is offered to everybody at once', () => {
    const bench = createBench([createBench().entryOf(1), createBench().entryOf(2)])
    bench.pass(0)
    bench.pass(OFFER_FIRST_PAUSE_MS)
    expect(bench.offers).toEqual([{ texts: ['text 1', 'text 2'], reach: 'again' }])
  })

  test('only what the chain knows neither by hash nor by payment id is still open', () => {
    const { entryOf } = createBench()
    const [open, done, cancelled, odd] = [
      entryOf(1),
      entryOf(2),
      entryOf(3),
      entryOf(4, { scope: 'nobody' }),
    ]
    const end = { height: 1, index: 0, hash: cancelled.hash, outcome: 'applied' } as const
    const reader = {
      transaction: (
        { hash }: { readonly hash: Hash },
        answer: Answer<TransactionEnd | undefined>,
      ) => answer({ ok: true, value: hash === done.hash ? end : undefined }),
      payment: (_: string, id: string) => (id === cancelled.id ? end : undefined),
    }
    const entries = [open, done, cancelled, odd]
    expect(valueFrom((answer) => unfinished(entries, reader, answer))).toEqual([open, odd])
  })
})
