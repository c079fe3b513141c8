import type { Trusted } from '#protocol/proof/finality.ts'
import type { LocalFederation } from '../federation/local-federation.ts'
import { Book } from './book.ts'
import { type FestivalCard, registerCards } from './cards.ts'
import { type Counter, createCounter, topUp } from './counter.ts'
import { trustOf } from './receipts.ts'
import { type FestivalVenue, furnishVenues } from './venues.ts'

/** Everything of an evening: who sells, what with, and what was answered. */
export type Evening = {
  readonly venues: readonly FestivalVenue[]
  /** Cards of each venue, in the order of the venues. */
  readonly cards: readonly (readonly FestivalCard[])[]
  readonly counters: readonly Counter[]
  readonly book: Book
  /** Whom the genesis file named before the first payment: all that receipts are judged by. */
  readonly trusted: Trusted
}

export type EveningSizes = {
  readonly wallets: number
  readonly tills: number
  /** Payments on their way at each till. */
  readonly inFlight: number
  /** How long a till holds on to one payment. */
  readonly patienceMs?: number
}

/** What every card holds when it is handed out, in smallest units. */
const FUNDS = 20_000
const FUNDED_AT_ONCE = 16

/** Money, tills, and active funded cards, by the ordinary commands and the HTTP API. */
export const prepareEvening = async (
  federation: LocalFederation,
  sizes: EveningSizes,
  tell: (line: string) => void,
): Promise<Evening> => {
  const book = new Book()
  const trusted = trustOf(federation.genesisFile)
  const venues = await furnishVenues(federation, sizes)
  tell(`${sizes.tills} tills have their API keys`)
  const cards = await handOutCards(federation, venues, sizes)
  tell(`${sizes.wallets} cards are active`)
  const counters = venues.flatMap((venue, index) =>
    venue.tills.map((till) => createCounter({ venue, till, cards: cards[index] ?? [], book })),
  )
  await Promise.all(counters.map(fund))
  tell(`${sizes.wallets} cards are funded`)
  return { venues, cards, counters, book, trusted }
}

const handOutCards = async (
  federation: LocalFederation,
  venues: readonly FestivalVenue[],
  { wallets }: EveningSizes,
): Promise<readonly (readonly FestivalCard[])[]> =>
  await Promise.all(
    venues.map((venue, index) => {
      const count = Math.ceil((wallets - index) / venues.length)
      return registerCards(venue, { count, directory: federation.directory })
    }),
  )

/** A till tops up its share of its venue's cards, some at a time. */
const fund = async (counter: Counter): Promise<void> => {
  const { venue, till, cards } = counter
  const share = cards.filter((_, index) => venue.tills[index % venue.tills.length] === till)
  const queue = share.values()
  const work = async (): Promise<void> => {
    for (const card of queue) {
      const verdict = await topUp(counter, { card, amount: FUNDS })
      if (verdict.status === 'applied') continue
      throw new Error(`a first top-up is ${JSON.stringify(verdict)}`)
    }
  }
  await Promise.all(Array.from({ length: FUNDED_AT_ONCE }, work))
}
