import type { Refund } from '#protocol/transaction/kinds/payment.ts'
import { type ClaimedCard, claimedCard } from '#test/support/card-builders.ts'
import type { World } from '#test/support/ledger-builders.ts'
import {
  badgeOf,
  membershipOf,
  openVenue,
  openWallet,
  secretCard,
  type TestCard,
  type TestWallet,
  type Venue,
  weakCard,
} from '#test/support/venue-builders.ts'

/** Venues, cards and persons that deeds choose from. */
export type Crowd = {
  readonly world: World
  readonly venues: readonly Venue[]
  readonly cards: readonly TestCard[]
  /** Those of the cards that have a key. */
  readonly secrets: readonly TestCard[]
  /** Those that can be linked, replaced and voided. */
  readonly claimed: readonly ClaimedCard[]
  readonly people: readonly TestWallet[]
  readonly membership: ReturnType<typeof membershipOf>
  readonly badge: ReturnType<typeof badgeOf>
  /** Sales so far, to be refunded. */
  readonly sales: { readonly venue: Venue; readonly id: Refund['sale'] }[]
}

export const gather = (world: World): Crowd => {
  const bar = openVenue(world, 'Bar')
  const club = openVenue(world, 'Club', { accepts: [bar.local] })
  const secrets = [secretCard(world, bar, 'Ada'), secretCard(world, club, 'Cleo')]
  const cards = [...secrets, weakCard(world, bar, 'Tag')]
  const claimed = ['Dana', 'Eli'].map((name) => claimedCard(world, bar, name, { batch: 'claimed' }))
  const people = [openWallet(world, bar, 'Bea'), openWallet(world, bar, 'Finn')]
  return {
    world,
    venues: [bar, club],
    cards,
    secrets,
    claimed,
    people,
    membership: membershipOf(world, bar),
    badge: badgeOf(world, bar),
    sales: [],
  }
}

export const pick = <T>(items: readonly T[], number: number): T => {
  const item = items[number % items.length]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}
