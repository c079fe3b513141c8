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
const visit = { keyId: 'office', signal }
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
  const found = await node.placeBooks.closings({ place, limit: 7, ...change }, visit)
  if (found === 'busy') throw new Error(found)
  return found.value
}
const linesOf = async ({ node, place }: Bar, change: Partial<LinesQuery> = {}) => {
  const found = await node.placeBooks.lines({ place, ...change }, visit)
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
    const { node, place } = bar
    const all = await Promise.all(
      ['a', 'b'].map((keyId) => node.placeBooks.closings({ place, limit: 7 }, { keyId, signal })),
    )
    expect(all.map((found) => found !== 'busy' && soldIn(found.value))).toEqual([950, 950])
    await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 40 })
    const grown = await closingsOf(bar)
    expect(soldIn(grown)).toBe(990)
    expect((await closingsOf(bar, { day: today() })).items).toEqual(grown.items)
    expect((await closingsOf(bar, { till: 'none' })).items[0]?.tills).toEqual([])
    const again = await restarted(machine, bar)
    expect((await closingsOf(again)).items).toEqual(grown.items)
  })

  test('is told as of the newest block that its sums are of, whoever asked for them', async () => {
    const bar = await openedBar()
    await evening(bar)
    const { node, place } = bar
    const { view, recent, storage, origin, clock } = node
    await recent.reachStored(recent.head().height, signal)
    const newest = recent.storedHeight()
    const heights = [newest, newest - 1]
    const books = createPlaceBooks({
      ...{ networkId: origin.networkId, view, storage, clock, own: () => place },
      recent: { ...recent, storedHeight: () => heights.shift() ?? newest },
    })
    const first = await books.closings({ place, limit: 7 }, visit)
    expect(first).toMatchObject({ height: newest, value: { items: [{ closingHeight: newest }] } })
    expect(await books.closings({ place, limit: 7 }, visit)).toEqual(first)
    expect(heights).toEqual([])
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

  test('come once at a time for each key, and a reader that leaves makes room', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 100)
    const { place } = bar
    const open = (keyId: string) => bar.node.placeBooks.lines({ place }, { keyId, signal })
    const first = await open('a')
    expect(await open('a')).toBe('busy')
    expect(await bar.node.placeBooks.closings({ place, limit: 1 }, { keyId: 'a', signal })).toBe(
      'busy',
    )
    expect(await open('b')).not.toBe('busy')
    expect(await open('c')).toBe('busy')
    if (first !== 'busy') await first.lines.return(undefined)
    expect(await open('a')).not.toBe('busy')
  })

  test.each([['none'], [undefined]])('of till %s end when nobody waits any more', async (till) => {
    const bar = await openedBar()
    await evening(bar)
    const leaving = new AbortController()
    const query = { place: bar.place, ...(till !== undefined && { till }) }
    const found = await bar.node.placeBooks.lines(query, { keyId: 'a', signal: leaving.signal })
    if (found === 'busy') throw new Error(found)
    leaving.abort(new Error('left'))
    await expect(found.lines.next()).rejects.toThrow('left')
    expect(await bar.node.placeBooks.lines(query, { keyId: 'a', signal })).not.toBe('busy')
  })
})

/** Books whose clock is an hour later at each look. */
const hurriedBooks = ({ node, place }: Bar) => {
  let nowMs = 0
  const clock = {
    monotonicMs: () => {
      nowMs += 3_600_000
      return nowMs
    },
  }
  const { view, recent, storage, origin } = node
  const { networkId } = origin
  return createPlaceBooks({ networkId, view, recent, storage, clock, own: () => place })
}

describe('a pass that takes too long', () => {
  test('keeps what it added up: asked again often enough it is there', async () => {
    const bar = await openedBar()
    await evening(bar)
    const { place } = bar
    const books = hurriedBooks(bar)
    const answers: unknown[] = []
    for (let asked = 0; asked < 100 && answers.at(-1) !== 'whole'; asked++) {
      const found = await books.closings({ place, limit: 7 }, visit)
      answers.push(found === 'busy' ? found : 'whole')
      if (found !== 'busy') expect(found.value).toEqual(await closingsOf(bar))
    }
    expect(answers.length).toBeGreaterThan(3)
    expect(answers.at(-1)).toBe('whole')
  })

  test('tells the days that it came through, and where to go on', async () => {
    const machine = createMachine()
    const bar = await openedBar(machine)
    await evening(bar)
    machine.advance(86_400_000)
    await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 40 })
    const [newest, before] = (await closingsOf(bar)).items
    const { place } = bar
    const books = hurriedBooks(bar)
    const query = { place, limit: 7 }
    let found = await books.closings(query, visit)
    for (let asked = 0; asked < 100 && found === 'busy'; asked++) {
      found = await books.closings(query, visit)
    }
    const below = { height: newest?.openingHeight, index: 0 }
    expect(found).toMatchObject({ value: { items: [newest], next: below } })
    expect((await closingsOf(bar, { after: below })).items).toEqual([before])
  })

  test('of lines is broken off', async () => {
    const bar = await openedBar()
    await evening(bar)
    const found = await hurriedBooks(bar).lines({ place: bar.place }, visit)
    if (found === 'busy') throw new Error(found)
    await expect(found.lines.next()).rejects.toThrow('too long')
  })
})
