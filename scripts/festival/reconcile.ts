import { z } from 'zod'
import type { ApiClient } from './api-client.ts'
import type { Book } from './book.ts'
import type { FestivalCard } from './cards.ts'
import type { FestivalVenue } from './venues.ts'

/** What the books and the API disagree on, in sentences; nothing when all is well. */
export type Reconciliation = {
  /** Wallets that do not hold what the answers add up to. */
  readonly wallets: readonly string[]
  /** Money that came from nowhere or went there. */
  readonly supplies: readonly string[]
}

const CardAccount = z.object({
  balances: z.array(z.object({ asset: z.string(), available: z.number(), held: z.number() })),
})
const Balances = z.object({
  items: z.array(z.object({ asset: z.string(), available: z.number(), held: z.number() })),
})
const Asset = z.object({ supply: z.number(), issued: z.number(), burned: z.number() })
const Place = z.object({ wallet: z.string() })

export type VenueBooks = {
  readonly venue: FestivalVenue
  /** All of the evening: each tells of the money of the others too. */
  readonly venues: readonly FestivalVenue[]
  readonly cards: readonly FestivalCard[]
}

/** Compares every balance that a venue's API tells with what the tills were answered. */
export const reconcile = async (
  { venue, venues, cards }: VenueBooks,
  book: Book,
): Promise<Reconciliation> => {
  const [till] = venue.tills
  if (till === undefined) return { wallets: [], supplies: [] }
  const read = readerOf(till.client, book.height())
  const expected = book.cardBalances()
  const wallets: string[] = []
  let total = 0
  const queue = cards.values()
  const work = async (): Promise<void> => {
    for (const { id } of queue) {
      const account = CardAccount.parse(await read(`/v1/cards/${id}`))
      const balance = amountOf(account.balances, venue.assetId)
      total += balance
      const wanted = expected.get(id) ?? 0
      if (balance !== wanted) wallets.push(`${id} holds ${balance} instead of ${wanted}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const { takings, supply } = book.venueTotals(venue)
  const { wallet } = Place.parse(await read(`/v1/places/${venue.placeId}`))
  const { items } = Balances.parse(await read(`/v1/wallets/${wallet}/balances`))
  const taken = amountOf(items, venue.assetId)
  if (taken !== takings) wallets.push(`${venue.name} took ${taken} instead of ${takings}`)
  const asset = Asset.parse(await read(`/v1/assets/${venue.assetId}`))
  const supplies = [...supplyFaults(venue, asset, { supply, held: total + taken })]
  for (const other of venues) {
    const issued = book.venueTotals(other).supply
    const told = Asset.parse(await read(`/v1/assets/${other.assetId}`)).supply
    if (told !== issued)
      supplies.push(`${venue.name} tells ${told} of ${other.name}, not ${issued}`)
  }
  return { wallets, supplies }
}

const AT_ONCE = 8

const supplyFaults = (
  { name }: FestivalVenue,
  asset: z.infer<typeof Asset>,
  { supply, held }: { readonly supply: number; readonly held: number },
): readonly string[] => {
  const faults: string[] = []
  if (asset.supply !== asset.issued - asset.burned)
    faults.push(`${name}: supply is not issued − burned`)
  if (asset.supply !== held) faults.push(`${name}: ${asset.supply} exist, wallets hold ${held}`)
  if (asset.supply !== supply) faults.push(`${name}: ${asset.supply} exist, ${supply} were issued`)
  return faults
}

type Holding = { readonly asset: string; readonly available: number; readonly held: number }

const amountOf = (holdings: readonly Holding[], assetId: string): number =>
  holdings
    .filter(({ asset }) => asset === assetId)
    .reduce((sum, { available, held }) => sum + available + held, 0)

/** Reads once the node has applied the last block that any answer named. */
const readerOf =
  (client: ApiClient, minHeight: number) =>
  async (path: string): Promise<unknown> => {
    const answer = await client.get(`${path}?minHeight=${minHeight}`)
    if (answer.status === 200) return answer.body
    throw new Error(`GET ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
