import { afterEach, describe, expect, test } from 'vitest'
import type { BookLine, Closing, LinesQuery } from '#api/ports/ledger-books.ts'
import { LINES_PER_TRANSACTION } from '#api/ports/ledger-books.ts'
import { createPlaceBooks } from '#node/reads/place-books.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { closeBars, loadedCard, openedBar, pay, restarted, TAG } from '../desk/bar.ts'
import { createMachine } from '../desk/machine.ts'
import type { Bar } from '../desk/solo-node.ts'

afterEach(closeBars)

const signal = new AbortController().signal
const today = () => new Date().toISOString().slice(0, 10)

/** 2,000 topped up; sales of 650, 300 and one that is refused; 100 given back; 50 in cash. */
const evening = async (bar: Bar): Promise<PaymentId> => {
  const { desk, newId } = bar.node
  await loadedCard(bar, 2_000)
  const first = newId()
  await pay(bar, bar.errand(), { id: first, amount: 650 })
  await pay(bar, bar.errand(), { id: newId(), amount: 300 })
  await pay(bar, bar.errand(), { id: newId(), amount: 9_000 })
  await desk.refund({ id: newId(), sale: first, amount: 100 }, bar.errand())
  await desk.cashOut({ id: newId(), payer: { tag: TAG }, amount: 50 }, bar.errand())
  return first
}

const closingsOf = async ({ node, place }: Bar, change: object = {}) => {
  const found = await node.placeBooks.closings({ place, limit: 7, ...change }, signal)
  if (found === 'busy') throw new Error(found)
  return found.value
}
const linesOf = async ({ node, place }: Bar, change: Partial<LinesQuery> = {}) => {
  const found = await node.placeBooks.lines({ place, ...change }, signal)
  if (found === 'busy') throw new Error(found)
  const lines: BookLine[] = []
  for await (const line of found.lines) lines.push(line)
  return lines
}

describe('a closing', () => {
  test('adds up a day by till, asset and kind', async () => {
    const bar = await openedBar()
    await evening(bar)
    const { items } = await closingsOf(bar)
    expect(items).toMatchObject([{ day: today(), complete: false }])
    const till = items[0]?.tills.find((each) => each.till === 'bar')
    expect(till).toMatchObject({
      transactions: 5,
      takings: [
        {
          asset: { id: bar.local },
          sold: 950,
          refunded: 100,
          tips: 0,
          issued: 2_000,
          burned: 50,
        },
      ],
    })
    const sums = till?.sums.map(({ kind, account, change }) => [kind, account, change])
    expect(sums).toEqual([
      ['cashout', 'holders', -50],
      ['issue', 'holders', 2_000],
      ['refund', 'holders', 100],
      ['refund', 'place', -100],
      ['sale', 'holders', -950],
      ['sale', 'place', 950],
    ])
  })

  test('goes on from where it was, counts nothing twice, and is the same after a restart', async () => {
    const machine = createMachine()
    const bar = await openedBar(machine)
    await evening(bar)
    const soldIn = ({ items }: { readonly items: readonly Closing[] }) =>
      items[0]?.tills.find((each) => each.till === 'bar')?.takings[0]?.sold
    const all = await Promise.all(Array.from({ length: 3 }, () => closingsOf(bar)))
    expect(all.map(soldIn)).toEqual([950, 950, 950])
    await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 40 })
    const grown = await closingsOf(bar)
    expect(soldIn(grown)).toBe(990)
    expect((await closingsOf(bar, { day: today() })).items).toEqual(grown.items)
    expect((await closingsOf(bar, { till: 'none' })).items[0]?.tills).toEqual([])
    const again = await restarted(machine, bar)
    expect((await closingsOf(again)).items).toEqual(grown.items)
  })

  test('of a day without blocks is none, and a cursor names what is below', async () => {
    const bar = await openedBar()
    await evening(bar)
    expect((await closingsOf(bar, { day: '2001-01-01' })).items).toEqual([])
    const page = await closingsOf(bar, { after: { height: 1, index: 0 } })
    expect(page).toEqual({ items: [] })
  })
})

describe('the lines of the books', () => {
  test('come to what each transaction issued or burned, and to the balances', async () => {
    const bar = await openedBar()
    await evening(bar)
    const lines = await linesOf(bar)
    const own = lines.filter(({ account }) => account === 'place')
    expect(own.reduce((sum, { change }) => sum + change, 0)).toBe(850)
    expect(lines.reduce((sum, { change }) => sum + change, 0)).toBe(1_950)
    expect(bar.node.view().get('asset', bar.local)?.supply).toBe(1_950)
  })

  test('are resumed after any line, none left out and none twice', async () => {
    const bar = await openedBar()
    await evening(bar)
    const lines = await linesOf(bar)
    expect(lines.length).toBeGreaterThan(6)
    for (const [at, { height, index, line }] of lines.entries()) {
      const after = { height, index: index * LINES_PER_TRANSACTION + line }
      expect(await linesOf(bar, { after })).toEqual(lines.slice(at + 1))
    }
  })

  test('are of the days and the till that are asked for', async () => {
    const bar = await openedBar()
    await evening(bar)
    const dayMs = Date.parse(today())
    expect(await linesOf(bar, { fromMs: dayMs, beforeMs: dayMs + 86_400_000 })).not.toEqual([])
    expect(await linesOf(bar, { beforeMs: dayMs })).toEqual([])
    expect(await linesOf(bar, { fromMs: dayMs + 86_400_000 })).toEqual([])
    expect(await linesOf(bar, { till: 'none' })).toEqual([])
  })

  test('of four readers at once are enough: a fifth comes later, and one that leaves makes room', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 100)
    const { place } = bar
    const open = () => bar.node.placeBooks.lines({ place }, signal)
    const readers = [await open(), await open(), await open(), await open()]
    expect(await open()).toBe('busy')
    expect(await bar.node.placeBooks.closings({ place, limit: 1 }, signal)).toBe('busy')
    for (const reader of readers) if (reader !== 'busy') await reader.lines.return(undefined)
    expect(await open()).not.toBe('busy')
  })
})

describe('a pass that takes too long', () => {
  test('keeps what it added up: asked again often enough it is there', async () => {
    const bar = await openedBar()
    await evening(bar)
    const { node, place } = bar
    // Each look at the clock is an hour later.
    let nowMs = 0
    const clock = {
      monotonicMs: () => {
        nowMs += 3_600_000
        return nowMs
      },
    }
    const { view, recent, storage, origin } = node
    const books = createPlaceBooks({ networkId: origin.networkId, view, recent, storage, clock })
    const answers: unknown[] = []
    for (let asked = 0; asked < 100 && answers.at(-1) !== 'whole'; asked++) {
      const found = await books.closings({ place, limit: 7 }, signal)
      answers.push(found === 'busy' ? found : 'whole')
      if (found !== 'busy') expect(found.value).toEqual(await closingsOf(bar))
    }
    expect(answers.length).toBeGreaterThan(3)
    expect(answers.at(-1)).toBe('whole')
  })
})
