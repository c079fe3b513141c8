import { afterEach, describe, expect, test, vi } from 'vitest'
import { OPENING_LOOKBACK_MS, OPENING_PAGE } from '#node/reads/book-limits.ts'
import { PayoutBook } from '#node/reads/payout-book.ts'
import { hashOfText } from '#protocol/hash.ts'
import { closeBars, openedBar, restarted } from '../desk/bar.ts'
import { createMachine } from '../desk/machine.ts'
import type { Bar } from '../desk/solo-node.ts'
import { personOf, topUp, waitingPayout } from '../desk/waiting-payout.ts'

afterEach(closeBars)

const ALL = { limit: 50 }

/** A book that begins with what is open now, and counts how often it reads the disk. */
const bookOf = ({ node }: Bar, { aheadMs = 0 } = {}) => {
  const { view, recent, storage } = node
  const history = vi.fn(storage.reader.history)
  const reader = { ...storage.reader, history }
  const head = () => ({ ...recent.head(), timeMs: recent.head().timeMs + aheadMs })
  const book = new PayoutBook({ view, recent: { ...recent, head }, storage: { reader } })
  return { book, history }
}
const sincesOf = (book: PayoutBook) =>
  Object.fromEntries(book.all().map(({ hold, since }) => [hold.id, since]))

describe('when a payout was opened', () => {
  test('is noted as its block becomes final: nobody reads a history for it', async () => {
    const bar = await openedBar()
    const wallet = await personOf(bar)
    await topUp(bar, wallet, 100)
    const { hold, sinceMs } = await waitingPayout(bar, wallet)
    expect(sincesOf(bar.node.payoutBook)).toEqual({ [hold]: sinceMs })
    const { value } = await bar.node.books.openPayouts(bar.place, ALL)
    expect(value.items).toMatchObject([{ hold: { id: hold }, sinceMs, overdue: false }])
  })

  test('before the start is looked for once, whoever asks and for however many', async () => {
    const machine = createMachine()
    const bar = await openedBar(machine)
    const wallet = await personOf(bar)
    await topUp(bar, wallet, 100)
    const first = await waitingPayout(bar, wallet)
    const second = await waitingPayout(bar, wallet)
    const again = await restarted(machine, bar)
    const { book, history } = bookOf(again)
    expect(sincesOf(book)).toEqual({ [first.hold]: 'sought', [second.hold]: 'sought' })
    await Promise.all([book.lookBack(), book.lookBack()])
    await book.lookBack()
    expect(sincesOf(book)).toEqual({
      [first.hold]: first.sinceMs,
      [second.hold]: second.sinceMs,
    })
    expect(history).toHaveBeenCalledTimes(1)
  })

  test('is unknown until then: it is listed without a time, and is not overdue', async () => {
    const machine = createMachine()
    const bar = await openedBar(machine)
    const wallet = await personOf(bar)
    await topUp(bar, wallet, 100)
    const { hold } = await waitingPayout(bar, wallet)
    const { node, place } = await restarted(machine, bar)
    const [payout] = (await node.books.openPayouts(place, ALL)).value.items
    expect(payout).toMatchObject({ hold: { id: hold }, overdue: false })
    expect(payout).not.toHaveProperty('sinceMs')
  })

  test.each([
    ['a month of events ago is found', 0, false],
    ['longer ago is not looked for, and is overdue', OPENING_LOOKBACK_MS + 3_600_000, true],
  ])('%s', async (_, aheadMs, isEarlier) => {
    const bar = await openedBar()
    const wallet = await personOf(bar)
    await topUp(bar, wallet, 100)
    const { hold, sinceMs } = await waitingPayout(bar, wallet)
    for (let n = 0; n < OPENING_PAGE; n++) await topUp(bar, wallet, 1)
    const { book } = bookOf(bar, { aheadMs })
    await book.lookBack()
    expect(sincesOf(book)).toEqual({ [hold]: isEarlier ? 'earlier' : sinceMs })
  })

  test('after a disk that failed is looked for again', async () => {
    const bar = await openedBar()
    const wallet = await personOf(bar)
    await topUp(bar, wallet, 100)
    const { hold, sinceMs } = await waitingPayout(bar, wallet)
    const { book, history } = bookOf(bar)
    history.mockImplementationOnce(() => {
      throw new Error('the disk')
    })
    await expect(book.lookBack()).rejects.toThrow('the disk')
    await book.lookBack()
    expect(sincesOf(book)).toEqual({ [hold]: sinceMs })
  })
})

test('a page of payouts leaves none out though those of the page before are settled', async () => {
  const bar = await openedBar()
  const { node, place } = bar
  const wallet = await personOf(bar)
  await topUp(bar, wallet, 100)
  const holds: string[] = []
  for (let n = 0; n < 5; n++) holds.push((await waitingPayout(bar, wallet)).hold)
  const first = await node.books.openPayouts(place, { limit: 2 })
  const shown = first.value.items.map(({ hold }) => hold.id)
  for (const hold of shown) {
    const end = { id: node.newId(), hold, paid: true, reference: hashOfText(hold) }
    await node.desk.endPayout(end, bar.errand())
  }
  const { next: after } = first.value
  const rest = await node.books.openPayouts(place, { limit: 3, ...(after && { after }) })
  expect([...shown, ...rest.value.items.map(({ hold }) => hold.id)].toSorted()).toEqual(
    holds.toSorted(),
  )
  expect(rest.value.next).toBeUndefined()
})
