import { expect, test } from 'vitest'
import { assetTotals } from '#node/control/asset-totals.ts'
import { units } from '#protocol/amount.ts'
import type { FamilyName, Records } from '#protocol/state/families.ts'
import { createWorld, type World } from '#test/support/ledger-builders.ts'
import { openVenue, openWallet, saleBody, topUp, weakCard } from '#test/support/venue-builders.ts'

const totalsIn = ({ ledger: { state } }: World) =>
  assetTotals({
    view: () => state,
    records: function* <F extends FamilyName>(family: F): Iterable<Records[F]> {
      for (const { record } of state.entries(family)) yield record
    },
  })

test('tells of every asset what there is, and where all of it is', () => {
  const world = createWorld()
  const bar = openVenue(world, 'Bar')
  const club = openVenue(world, 'Club', { accepts: [bar.local] })
  const weak = weakCard(world, bar, 'Ada')
  const person = openWallet(world, bar, 'Bea')
  topUp(world, bar, { card: weak.id, amount: 1000 })
  const { owner, place, local: asset } = bar
  const to = { wallet: person.id }
  world.must(owner, { kind: 'issue', place, asset, amount: units(200), to })
  world.must(bar.till, saleBody(bar, [weak], 100))
  const { grant: _, ...sale } = saleBody(club, [weak], 50)
  world.must(club.owner, { ...sale, assets: [asset] })
  const payer = { card: weak.id }
  world.must(owner, { kind: 'cashout', place, payer, asset, amount: units(30) })
  const key = `${person.id}/${asset}`
  const balance = world.get('balance', key)
  world.edit('balance', key, { ...balance, available: units(150), held: units(50) })

  const totals = totalsIn(world)
  expect(totals.find((each) => each.asset === asset)).toEqual({
    asset,
    code: 'CUPS',
    category: 'local',
    supply: 1170,
    issued: 1200,
    burned: 30,
    redeemed: 30,
    inWallets: 1020,
    atPlaces: 150,
    atGateways: 0,
    held: 50,
    places: [
      { place, amount: 100 },
      { place: club.place, amount: 50 },
    ],
  })
  for (const { supply, inWallets, atPlaces, atGateways } of totals) {
    expect(inWallets + atPlaces + atGateways).toBe(supply)
  }
  expect(totals.find((each) => each.asset === world.medal)).toMatchObject({
    cap: 100_000,
    inWallets: 100_000,
  })
})
