import { v7 } from 'uuid'
import { areEqual, type Book, type Entry, tellingOf } from './book.ts'
import type { FestivalCard } from './cards.ts'
import type { FestivalTill, FestivalVenue } from './venues.ts'
import { pause, settleOrder, type Verdict } from './verdict.ts'

/** A till behind its counter: whose cards it sees, and where it writes down what it was told. */
export type Counter = {
  readonly venue: FestivalVenue
  readonly till: FestivalTill
  readonly cards: readonly FestivalCard[]
  readonly book: Book
  /** Sales of this till that were not given back yet. */
  readonly refundable: Entry[]
  readonly taps: Tap[]
}

/** A card that was tapped to pay, and what its holder waited for. */
export type Tap = {
  /** `twice`: two requests at once, as for a double tap and a cancellation. */
  readonly asked: 'once' | 'twice'
  /** By the clock of this process. */
  readonly askedMs: number
  /** Until the answer that the till went by: the outcome, or that it is captured. */
  readonly tookMs: number
  readonly status: Verdict['status']
}

export const createCounter = (
  place: Pick<Counter, 'venue' | 'till' | 'cards' | 'book'>,
): Counter => ({ ...place, refundable: [], taps: [] })

/** Sales remembered for refunds: the customers of the last minutes. */
const REFUNDABLE_MAX = 256

/** Who cannot pay by card looks for cash. */
const CASH_MS = 200

/** A tap: a card pays, the till waits for green. */
export const takeSale = async (counter: Counter, charge: Charge): Promise<Verdict> => {
  const id = v7()
  const askedMs = performance.now()
  const verdict = await settleOrder(counter.till.client, saleOrder(id, charge))
  await enterSale(counter, id, { ...charge, verdict, asked: 'once', askedMs })
  return verdict
}

/** The same payment sent twice at once, as an impatient finger does: one charge, equal answers. */
export const doubleTap = async (counter: Counter, charge: Charge): Promise<void> => {
  const id = v7()
  await takeBoth(counter, { id, charge, second: saleOrder(id, charge) })
}

/** A payment and its cancellation at once: whichever is first, both are told the same. */
export const cancelRace = async (counter: Counter, charge: Charge): Promise<void> => {
  const id = v7()
  const second = { path: `/v1/payments/${id}/cancel`, id, body: {} }
  await takeBoth(counter, { id, charge, second })
}

const takeBoth = async (
  counter: Counter,
  { id, charge, second }: { readonly id: string; readonly charge: Charge; readonly second: Order },
): Promise<void> => {
  const askedMs = performance.now()
  const { client } = counter.till
  const [one, other] = await Promise.all([
    settleOrder(client, saleOrder(id, charge)),
    settleOrder(client, second),
  ])
  if (!areEqual(one, other)) contradict(counter, id, [one, other])
  const verdict = tellingOf(one, other)
  await enterSale(counter, id, { ...charge, verdict, asked: 'twice', askedMs })
}

export const topUp = async (
  { venue, till, book }: Counter,
  { card, amount }: Charge,
): Promise<Verdict> => {
  const id = v7()
  const body = { id, ...card.face, amount, asset: venue.assetId }
  const verdict = await settleOrder(till.client, { path: '/v1/topups', id, body })
  book.add({ id, kind: 'topup', venue, card, amount, verdict })
  if (verdict.status === 'unavailable') await pause(CASH_MS)
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
  if (verdict.status === 'unavailable') await pause(CASH_MS)
}

export type Charge = { readonly card: FestivalCard; readonly amount: number }

type Order = Parameters<typeof settleOrder>[1]

const saleOrder = (id: string, { card, amount }: Charge): Order => ({
  path: '/v1/payments',
  id,
  body: { id, payers: [card.face], amount },
})

type Sold = Charge & Pick<Tap, 'asked' | 'askedMs'> & { readonly verdict: Verdict }

const enterSale = async (counter: Counter, id: string, sold: Sold): Promise<void> => {
  const { venue, book, refundable, taps } = counter
  const { card, amount, verdict, asked, askedMs } = sold
  const { status } = verdict
  taps.push({ asked, askedMs, tookMs: performance.now() - askedMs, status })
  const entry: Entry = { id, kind: 'sale', venue, card, amount, verdict }
  book.add(entry)
  if (status === 'applied' && refundable.length < REFUNDABLE_MAX) refundable.push(entry)
  if (status === 'unavailable') await pause(CASH_MS)
}

const contradict = ({ book }: Counter, id: string, verdicts: readonly Verdict[]): void =>
  book.contradict(
    `${id} was answered ${verdicts.map((each) => JSON.stringify(each)).join(' and ')}`,
  )
