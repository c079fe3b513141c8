import type { Trusted } from '#protocol/proof/finality.ts'
import { leasesOf } from '../federation/leasing.ts'
import type { LocalFederation } from '../federation/local-federation.ts'
import { Book } from './book.ts'
import { type FestivalCard, registerCards } from './cards.ts'
import { type Counter, createCounter, topUp } from './counter.ts'
import { trustOf } from './receipts.ts'
import { type FestivalVenue, furnishVenues } from './venues.ts'
import { pause } from './verdict.ts'

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
  /** What venues keep apart of a card for times without a link; default: none. */
  readonly leaseAmount?: number
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
  if (sizes.leaseAmount !== undefined) {
    tell(`${await leaseWeakCards(venues, cards)} leases are open`)
  }
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

/** A batch of fifty takes a block: thousands take minutes on a busy machine. */
const LEASED_WITHIN_MS = 300_000
const LEASED_POLL_MS = 500

/**
 * Waits until the policy of each venue has leased every weak card, which it does after the top-up; a
 * secret one must be tapped first, and is leased in the evening. Gives how many leases that are.
 */
const leaseWeakCards = async (
  venues: readonly FestivalVenue[],
  cards: Evening['cards'],
): Promise<number> => {
  const endMs = performance.now() + LEASED_WITHIN_MS
  const lease = async ({ name, directory }: FestivalVenue, own: readonly FestivalCard[]) => {
    const wanted = own.filter(({ face }) => 'tag' in face).length
    for (;;) {
      const { open } = await leasesOf(directory)
      if (open >= wanted) return open
      if (performance.now() > endMs) throw new Error(`${name} has ${open} leases, not ${wanted}`)
      await pause(LEASED_POLL_MS)
    }
  }
  const open = await Promise.all(venues.map((venue, index) => lease(venue, cards[index] ?? [])))
  return open.reduce((sum, count) => sum + count, 0)
}
