import { v7 } from 'uuid'
import { areEqual, type Book, type Entry } from './book.ts'
import type { FestivalCard } from './cards.ts'
import type { FestivalTill, FestivalVenue } from './venues.ts'
import { settleOrder, type Verdict } from './verdict.ts'

/** A till behind its counter: whose cards it sees, and where it writes down what it was told. */
export type Counter = {
  readonly venue: FestivalVenue
  readonly till: FestivalTill
  readonly cards: readonly FestivalCard[]
  readonly book: Book
  /** Sales of this till that were not given back yet. */
  readonly refundable: Entry[]
  /** Times from tap to final answer of its plain sales. */
  readonly timesMs: number[]
}

export const createCounter = (
  place: Pick<Counter, 'venue' | 'till' | 'cards' | 'book'>,
): Counter => ({ ...place, refundable: [], timesMs: [] })

/** Sales remembered for refunds: the customers of the last minutes. */
const REFUNDABLE_MAX = 256

/** A tap: a card pays, the till waits for green. */
export const takeSale = async (counter: Counter, charge: Charge): Promise<Verdict> => {
  const id = v7()
  const startMs = performance.now()
  const verdict = await settleOrder(counter.till.client, saleOrder(id, charge))
  counter.timesMs.push(performance.now() - startMs)
  enterSale(counter, id, { ...charge, verdict })
  return verdict
}

/** The same payment sent twice at once, as an impatient finger does: one charge, equal answers. */
export const doubleTap = async (counter: Counter, charge: Charge): Promise<void> => {
  const id = v7()
  const order = saleOrder(id, charge)
  const [verdict, second] = await Promise.all([
    settleOrder(counter.till.client, order),
    settleOrder(counter.till.client, order),
  ])
  if (!areEqual(verdict, second)) contradict(counter, id, [verdict, second])
  enterSale(counter, id, { ...charge, verdict })
}

/** A payment and its cancellation at once: whichever is first, both are told the same. */
export const cancelRace = async (counter: Counter, charge: Charge): Promise<void> => {
  const id = v7()
  const cancel = { path: `/v1/payments/${id}/cancel`, id, body: {} }
  const [verdict, second] = await Promise.all([
    settleOrder(counter.till.client, saleOrder(id, charge)),
    settleOrder(counter.till.client, cancel),
  ])
  if (!areEqual(verdict, second)) contradict(counter, id, [verdict, second])
  enterSale(counter, id, { ...charge, verdict })
}

export const topUp = async (
  { venue, till, book }: Counter,
  { card, amount }: Charge,
): Promise<Verdict> => {
  const id = v7()
  const body = { id, ...card.face, amount, asset: venue.assetId }
  const verdict = await settleOrder(till.client, { path: '/v1/topups', id, body })
  book.add({ id, kind: 'topup', venue, card, amount, verdict })
  return verdict
}

/** Gives back the whole of a sale, or a part of it. */
export const refund = async (
  { venue, till, book }: Counter,
  sale: Entry,
  amount: number,
): Promise<void> => {
  const id = v7()
  const path = `/v1/payments/${sale.id}/refunds`
  const verdict = await settleOrder(till.client, { path, id, body: { id, amount } })
  book.add({ id, kind: 'refund', venue, card: sale.card, amount, verdict })
}

export type Charge = { readonly card: FestivalCard; readonly amount: number }

const saleOrder = (id: string, { card, amount }: Charge) => ({
  path: '/v1/payments',
  id,
  body: { id, payers: [card.face], amount },
})

const enterSale = (
  { venue, book, refundable }: Counter,
  id: string,
  sale: Charge & { readonly verdict: Verdict },
): void => {
  const entry: Entry = { id, kind: 'sale', venue, ...sale }
  book.add(entry)
  if (sale.verdict.status === 'applied' && refundable.length < REFUNDABLE_MAX) {
    refundable.push(entry)
  }
}

const contradict = ({ book }: Counter, id: string, verdicts: readonly Verdict[]): void =>
  book.contradict(
    `${id} was answered ${verdicts.map((each) => JSON.stringify(each)).join(' and ')}`,
  )
