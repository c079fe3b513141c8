import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import type { Refund } from '#protocol/transaction/kinds/payment.ts'
import {
  COLLECTOR,
  createWorld,
  GATEWAY,
  OPERATOR,
  type World,
} from '#test/support/ledger-builders.ts'
import {
  openVenue,
  openWallet,
  referenceOf,
  saleBody,
  saleConsent,
  secretCard,
  type TestCard,
  topUp,
  topUpEuro,
  type Venue,
  weakCard,
} from '#test/support/venue-builders.ts'

/** A sale with the consents of its cards. */
const sell = (world: World, venue: Venue, cards: readonly TestCard[], amount: number) => {
  const jti = world.jti()
  const consents = cards.map((card) => saleConsent(venue, card, amount))
  return world.apply(venue.till, saleBody(venue, cards, amount), { jti, consents })
}

const refundOf = ({ place, grant }: Venue, sale: Refund['sale'], amount?: number): Refund => ({
  kind: 'refund',
  place,
  grant,
  sale,
  ...(amount === undefined ? {} : { amount: units(amount) }),
})

describe('the scenarios with numbers of ledger.md §12', () => {
  test('5,000 issued, 1,000 sold and refunded once', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 5000 })
    const sale = sell(world, bar, [card], 1000)
    expect(sale.legs).toEqual([
      { card: card.id, wallet: card.wallet, asset: bar.local, amount: 1000 },
    ])
    expect(world.available(card.wallet, bar.local)).toBe(4000)
    expect(world.available(bar.wallet, bar.local)).toBe(1000)
    expect(world.apply(bar.till, refundOf(bar, sale.id, 1000)).outcome).toBe('applied')
    expect(world.available(card.wallet, bar.local)).toBe(5000)
    expect(world.apply(bar.till, refundOf(bar, sale.id, 1000)).outcome).toBe('already_refunded')
  })

  test('two cards of 1,000: 2,400 is short by 400, 1,600 empties the first', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const cards = ['Ada', 'Bea'].map((name) => secretCard(world, bar, name))
    for (const { id } of cards) topUp(world, bar, { card: id, amount: 1000 })
    const balances = () => cards.map(({ wallet }) => world.available(wallet, bar.local))
    const short = sell(world, bar, cards, 2400)
    expect(short.outcome).toBe('insufficient_funds')
    expect(short.facts).toEqual({ missingAmount: 400 })
    expect(short.movements).toEqual([])
    expect(balances()).toEqual([1000, 1000])
    expect(sell(world, bar, cards, 1600).outcome).toBe('applied')
    expect(balances()).toEqual([0, 400])
  })

  test('gift before local', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 500, asset: bar.gift })
    topUp(world, bar, { card: card.id, amount: 500 })
    expect(sell(world, bar, [card], 530).outcome).toBe('applied')
    expect(world.available(card.wallet, bar.gift)).toBe(0)
    expect(world.available(card.wallet, bar.local)).toBe(470)
  })

  test('three items of 280 leave 160 of 500 and 500', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 500, asset: bar.gift })
    topUp(world, bar, { card: card.id, amount: 500 })
    expect(sell(world, bar, [card], 840).outcome).toBe('applied')
    const left = world.available(card.wallet, bar.gift) + world.available(card.wallet, bar.local)
    expect(left).toBe(160)
  })

  test('local before federated', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 6600 })
    topUpEuro(world, { card: card.id, amount: 4200 })
    expect(sell(world, bar, [card], 7800).outcome).toBe('applied')
    expect(world.available(card.wallet, bar.local)).toBe(0)
    expect(world.available(card.wallet, world.euro)).toBe(3000)
  })

  test('an external payment of 4,242 told five times counts once', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    const body = {
      kind: 'issue',
      asset: world.euro,
      amount: units(4242),
      to: { card: card.id },
      reference: referenceOf('intent 1'),
    } as const
    const outcomes = Array.from({ length: 5 }, () => world.apply(GATEWAY, body).outcome)
    expect(outcomes).toEqual(['applied', ...Array.from({ length: 4 }, () => 'reference_used')])
    expect(world.available(card.wallet, world.euro)).toBe(4242)
  })

  test('50 submissions of one payment charge once', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 1000 })
    const sale = world.sign(bar.till, saleBody(bar, [card], 300), {
      consents: [saleConsent(bar, card, 300)],
    })
    expect(world.run(sale).map(({ outcome }) => outcome)).toEqual(['applied'])
    for (let again = 0; again < 49; again++) {
      expect(world.execute([sale])).toMatchObject({ fault: 'invalid', code: 'duplicate' })
    }
    expect(world.available(card.wallet, bar.local)).toBe(700)
  })

  test('cancelled, then the late original: no charge', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 1000 })
    const jti = world.jti()
    const sale = world.sign(bar.till, saleBody(bar, [card], 300), {
      jti,
      consents: [saleConsent(bar, card, 300)],
    })
    const { place, grant } = bar
    const cancel = world.must(bar.till, { kind: 'payment.cancel', place, grant }, { jti })
    expect(cancel.facts).toEqual({ cancelled: true })
    expect(world.execute([sale])).toMatchObject({ fault: 'invalid', code: 'duplicate' })
    expect(world.available(card.wallet, bar.local)).toBe(1000)
  })

  test('a place charges a secret card it never saw', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 1000 })
    const sale = world.apply(bar.till, saleBody(bar, [card], 300))
    expect(sale.outcome).toBe('card_consent_missing')
  })

  test('a weak card beyond its daily cap at that place, and again the next day', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const caps = { charge: units(600), day: units(1000) }
    const card = weakCard(world, bar, 'Tag', { mandate: { federation: world.federation, caps } })
    topUp(world, bar, { card: card.id, amount: 5000 })
    const outcomes = [600, 500, 400].map((amount) => sell(world, bar, [card], amount).outcome)
    expect(outcomes).toEqual(['applied', 'mandate_cap_exceeded', 'applied'])
    const club = openVenue(world, 'Club', { accepts: [bar.local] })
    expect(sell(world, club, [card], 600).outcome).toBe('applied')
    world.advance(86_400_000)
    expect(sell(world, bar, [card], 600).outcome).toBe('applied')
  })

  test('a card blocked at one place is refused at the other in the next block', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const club = openVenue(world, 'Club', { accepts: [bar.local] })
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 1000 })
    expect(sell(world, club, [card], 100).outcome).toBe('applied')
    const { place, grant } = bar
    world.must(bar.till, { kind: 'card.block', place, grant, card: card.id })
    expect(sell(world, club, [card], 100).outcome).toBe('card_blocked')
  })

  test('a fixed asset of 100,000 is never issued again, and moves by transfer', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const friend = openWallet(world, bar, 'Friend')
    const collector = world.get('key', COLLECTOR.key).wallet
    if (collector === undefined) throw new Error('no wallet')
    const issue = { kind: 'issue', asset: world.medal, amount: units(1) } as const
    const to = { wallet: friend.id }
    const byPlace = world.apply(bar.owner, { ...issue, place: bar.place, to })
    const byGateway = world.apply(GATEWAY, { ...issue, to, reference: referenceOf('medal') })
    const byAuthority = world.apply(OPERATOR, { ...issue, to, reference: referenceOf('medal') })
    expect([byPlace, byGateway, byAuthority].map(({ outcome }) => outcome)).toEqual([
      'asset_supply_fixed',
      'asset_supply_fixed',
      'asset_supply_fixed',
    ])
    const transfer = { kind: 'transfer', from: collector, to: friend.id } as const
    world.must(COLLECTOR, { ...transfer, asset: world.medal, amount: units(40_000) })
    expect(world.available(friend.id, world.medal)).toBe(40_000)
    expect(world.get('asset', world.medal).supply).toBe(100_000)
  })
})
