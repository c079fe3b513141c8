import { expect, test } from 'vitest'
import type { FinalView } from '#node/pipeline/executor.ts'
import { positionPage } from '#node/reads/positions.ts'
import { units } from '#protocol/amount.ts'
import type { FamilyName, Records } from '#protocol/state/families.ts'
import { createWorld, type World } from '#test/support/ledger-builders.ts'
import { openVenue, type Venue } from '#test/support/venue-builders.ts'

const viewOf = ({ ledger: { state } }: World): FinalView => ({
  get: (family, key) => state.get(family, key),
  records: function* <F extends FamilyName>(family: F): Iterable<Records[F]> {
    for (const { record } of state.entries(family)) yield record
  },
})

/** A bar that has money of each of five clubs. */
const owedByClubs = () => {
  const world = createWorld()
  const bar = openVenue(world, 'Bar')
  const names = ['A', 'B', 'C', 'D', 'E']
  const clubs = names.map((name) => openVenue(world, name))
  for (const club of clubs) give(world, club, bar)
  return { world, bar, clubs }
}

const give = (world: World, { owner, place, local: asset }: Venue, { wallet }: Venue): void => {
  world.must(owner, { kind: 'issue', place, asset, amount: units(100), to: { wallet } })
}

test('positions go on above the last one shown, though those before it are cleared', () => {
  const { world, bar, clubs } = owedByClubs()
  const first = positionPage(viewOf(world), bar.place, { limit: 2 })
  expect(first.items.map(({ place }) => place)).toEqual(clubs.slice(0, 2).map((it) => it.place))
  for (const { local } of clubs.slice(0, 2)) {
    const key = `${bar.wallet}/${local}`
    world.edit('balance', key, { ...world.get('balance', key), available: units(0) })
  }
  const { next: after } = first
  const rest = positionPage(viewOf(world), bar.place, { limit: 3, ...(after && { after }) })
  expect(rest.items.map(({ place }) => place)).toEqual(clubs.slice(2).map((it) => it.place))
  expect(rest.next).toBeUndefined()
})

test('pages of positions end where there are no more, places without any among them', () => {
  const { world, bar } = owedByClubs()
  openVenue(world, 'Z')
  expect(positionPage(viewOf(world), bar.place, { limit: 5 }).next).toBeUndefined()
  expect(positionPage(viewOf(world), bar.place, { limit: 4 }).next).toBeDefined()
})
