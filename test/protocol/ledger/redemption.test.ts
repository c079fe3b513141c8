import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { CORRECTION_DELAY_MS } from '#protocol/limits.ts'
import type { ClearingOpen, ClearingSettle } from '#protocol/transaction/kinds/clearing.ts'
import { actor } from '#test/support/actors.ts'
import { operatorsTo } from '#test/support/authority-builders.ts'
import { createWorld, GATEWAY, OPERATOR, type World } from '#test/support/ledger-builders.ts'
import {
  clearingConsent,
  GATEWAY_WALLET,
  holdIn,
  issueEuro,
  redeemBody,
  redeemConsent,
  refundBody,
  refundConsent,
  settlement,
} from '#test/support/redemption-builders.ts'
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
} from '#test/support/venue-builders.ts'

const sell = (world: World, venue: Venue, card: TestCard, amount: number) =>
  world.must(venue.till, saleBody(venue, [card], amount), {
    consents: [saleConsent(venue, card, amount)],
  })

const balanceOf = (world: World, wallet: string, asset: string) => {
  const { available, held } = world.get('balance', `${wallet}/${asset}`)
  return { available, held }
}

describe('a place redeems', () => {
  test('its federated takings: 2,000, payout 500, takings 700 more, payout 900: 1,300 still owed', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUpEuro(world, { card: card.id, amount: 2700 })
    sell(world, bar, card, 2000)
    const first = holdIn(world.must(bar.till, redeemBody(bar, world.euro, 500)))
    sell(world, bar, card, 700)
    const second = holdIn(world.must(bar.till, redeemBody(bar, world.euro, 900)))
    expect(balanceOf(world, bar.wallet, world.euro)).toEqual({ available: 1300, held: 1400 })
    world.must(GATEWAY, settlement(first, 'bank 1'))
    world.must(GATEWAY, settlement(second, 'bank 2'))
    expect(balanceOf(world, bar.wallet, world.euro)).toEqual({ available: 1300, held: 0 })
    const { supply, burned, redeemed } = world.get('asset', world.euro)
    expect({ supply, burned, redeemed }).toEqual({ supply: 1300, burned: 1400, redeemed: 1400 })
    expect(world.ledger.state.get('hold', first)).toBeUndefined()
    expect(world.get('wallet', bar.wallet)).not.toHaveProperty('holds', expect.anything())
  })

  test('and has it again when the payout fails, whose reference is used up', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUpEuro(world, { card: card.id, amount: 500 })
    sell(world, bar, card, 500)
    const hold = holdIn(world.must(bar.till, redeemBody(bar, world.euro, 500)))
    expect(world.apply(bar.till, redeemBody(bar, world.euro, 1)).outcome).toBe('insufficient_funds')
    world.must(GATEWAY, settlement(hold, 'bank 1', false))
    expect(balanceOf(world, bar.wallet, world.euro)).toEqual({ available: 500, held: 0 })
    expect(world.get('asset', world.euro)).not.toHaveProperty('redeemed')
    expect(world.apply(GATEWAY, settlement(hold, 'bank 1')).outcome).toBe('hold_unknown')
  })

  test("a person's money of its own, and pays by the key it has then", () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const person = openWallet(world, bar, 'Bea')
    const { owner, place, local } = bar
    const to = { wallet: person.id }
    world.must(owner, { kind: 'issue', place, asset: local, amount: units(1000), to })
    const body = { ...redeemBody(bar, local, 400), from: person.id }
    const consents = [redeemConsent(bar, person, { asset: local, max: 400 })]
    const hold = holdIn(world.must(bar.till, body, { consents }))
    expect(balanceOf(world, person.id, local)).toEqual({ available: 600, held: 400 })
    const next = actor('new owner of the bar')
    const agree = { kind: 'wallet.rotate', wallet: bar.wallet } as const
    const rotation = { kind: 'wallet.rotate', wallet: bar.wallet, key: next.key } as const
    world.must(owner, rotation, { consents: [{ by: next, agree }] })
    expect(world.apply(GATEWAY, settlement(hold, 'cash')).outcome).toBe('hold_key_required')
    world.must(next, settlement(hold, 'cash'))
    expect(balanceOf(world, person.id, local)).toEqual({ available: 600, held: 0 })
    expect(world.get('asset', local)).toMatchObject({ supply: 600, redeemed: 400 })
  })

  test('under one consent no more than it allows in a whole batch', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const person = openWallet(world, bar, 'Bea')
    const { owner, place, local } = bar
    const to = { wallet: person.id }
    world.must(owner, { kind: 'issue', place, asset: local, amount: units(1000), to })
    const step = { ...redeemBody(bar, local, 300), from: person.id }
    const batch = { kind: 'batch', operations: [step, step] } as const
    const apply = (max: number) =>
      world.apply(
        bar.till,
        { ...batch, operations: [...batch.operations] },
        { consents: [redeemConsent(bar, person, { asset: local, max })] },
      ).outcome
    expect([apply(599), apply(600)]).toEqual(['consent_mismatch', 'applied'])
    expect(balanceOf(world, person.id, local)).toEqual({ available: 400, held: 600 })
  })
})

describe('a top-up', () => {
  const intent = referenceOf('intent')

  const topUpCard = (amount: number) => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    const to = { card: card.id }
    const issue = { kind: 'issue', asset: world.euro, amount: units(amount), to } as const
    world.must(GATEWAY, { ...issue, reference: intent })
    return { world, bar, card }
  }

  const refund = (world: World, card: TestCard, amount?: number) =>
    world.apply(GATEWAY, refundBody(world, intent, amount), {
      consents: [refundConsent(world, card.holder, { reference: intent, max: 10_000 })],
    })

  const reverse = (world: World, amount: number, name = 'chargeback') =>
    world.must(GATEWAY, {
      kind: 'reverse',
      asset: world.euro,
      reference: intent,
      chargeback: referenceOf(name),
      amount: units(amount),
    })

  test('of 3,500 of which 200 is spent gives back 3,300, and then nothing', () => {
    const { world, bar, card } = topUpCard(3500)
    sell(world, bar, card, 200)
    const event = refund(world, card)
    expect(event.outcome).toBe('applied')
    expect(balanceOf(world, card.wallet, world.euro)).toEqual({ available: 0, held: 3300 })
    expect(refund(world, card).outcome).toBe('nothing_to_refund')
    world.must(GATEWAY, settlement(holdIn(event), 'bank'))
    expect(world.get('asset', world.euro)).toMatchObject({ supply: 200, redeemed: 3300 })
    expect(world.get('topup', `${world.euro}/${intent}`)).toMatchObject({ returned: 3300 })
    topUpEuro(world, { card: card.id, amount: 1000 })
    const again = refund(world, card)
    expect(again.outcome).toBe('applied')
    expect(world.get('hold', holdIn(again)).cap).toBe(200)
    expect(refund(world, card).outcome).toBe('nothing_to_refund')
  })

  test('that could not be paid back is left again', () => {
    const { world, card } = topUpCard(500)
    const hold = holdIn(refund(world, card, 300))
    world.must(GATEWAY, settlement(hold, 'bank', false))
    expect(world.get('topup', `${world.euro}/${intent}`)).toMatchObject({ returned: 0 })
    expect(world.get('hold', holdIn(refund(world, card))).cap).toBe(500)
  })

  test('taken back outside takes what is there, then the reserve; the rest is a deficit', () => {
    const { world, bar, card } = topUpCard(1000)
    issueEuro(world, GATEWAY_WALLET, { amount: 300, reference: 'reserve' })
    sell(world, bar, card, 800)
    const before = world.get('asset', world.euro).supply
    const event = reverse(world, 900)
    expect(event.facts).toEqual({ uncovered: 400 })
    expect(world.available(card.wallet, world.euro)).toBe(0)
    expect(world.available(GATEWAY_WALLET, world.euro)).toBe(0)
    expect(world.get('asset', world.euro).supply).toBe(before - 500)
    expect(world.get('deficit', world.euro).amount).toBe(400)
    const issue = { kind: 'issue', asset: world.euro, amount: units(1) } as const
    const toCard = { ...issue, to: { card: card.id }, reference: referenceOf('more') }
    expect(world.apply(GATEWAY, toCard).outcome).toBe('gateway_deficit')
    issueEuro(world, GATEWAY_WALLET, { amount: 400, reference: 'reserve 2' })
    const cover = { kind: 'deficit.cover', asset: world.euro } as const
    world.must(GATEWAY, { ...cover, amount: units(150) })
    expect(world.apply(GATEWAY, toCard).outcome).toBe('gateway_deficit')
    world.must(GATEWAY, { ...cover, amount: units(250) })
    expect(world.get('deficit', world.euro).amount).toBe(0)
    expect(world.apply(GATEWAY, toCard).outcome).toBe('applied')
    // Taken in: 1,000, 300, 400 and 1. Paid out: 900. Nothing else stands behind the money.
    expect(world.get('asset', world.euro).supply).toBe(801)
  })

  test('taken back outside never takes what is held', () => {
    const { world, card } = topUpCard(1000)
    refund(world, card, 600)
    expect(reverse(world, 400).facts).toBeUndefined()
    expect(balanceOf(world, card.wallet, world.euro)).toEqual({ available: 0, held: 600 })
  })

  test("taken back of the gateway's own reserve is taken once", () => {
    const world = createWorld()
    issueEuro(world, GATEWAY_WALLET, { amount: 300, reference: 'intent' })
    reverse(world, 200)
    expect(world.available(GATEWAY_WALLET, world.euro)).toBe(100)
  })
})

describe('two places clear', () => {
  /** The bar has 700 of the club's money, the club 1,000 of the bar's. */
  const create = () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const club = openVenue(world, 'Club', { accepts: [bar.local] })
    const place = world.get('place', bar.place)
    world.edit('place', bar.place, { ...place, accepts: [club.local] })
    const ofBar = secretCard(world, bar, 'Ada')
    const ofClub = secretCard(world, club, 'Cleo')
    topUp(world, bar, { card: ofBar.id, amount: 1000 })
    topUp(world, club, { card: ofClub.id, amount: 700 })
    sell(world, club, ofBar, 1000)
    sell(world, bar, ofClub, 700)
    const body: ClearingOpen = {
      kind: 'clearing.open',
      place: bar.place,
      grant: bar.grant,
      other: club.place,
      gives: [{ asset: club.local, amount: units(700) }],
      takes: [{ asset: bar.local, amount: units(900) }],
    }
    const event = world.must(bar.till, body, { consents: [clearingConsent(club, body)] })
    return { world, bar, club, event }
  }

  test('what is set off ceases to be on both sides, what was paid too, and the rest goes back', () => {
    const { world, bar, club, event } = create()
    expect(balanceOf(world, bar.wallet, club.local)).toEqual({ available: 0, held: 700 })
    expect(balanceOf(world, club.wallet, bar.local)).toEqual({ available: 100, held: 900 })
    const body: ClearingSettle = {
      kind: 'clearing.settle',
      place: bar.place,
      grant: bar.grant,
      opener: bar.place,
      clearing: event.id,
      gives: [{ asset: club.local, amount: units(650) }],
      takes: [{ asset: bar.local, amount: units(650) }],
      paid: [{ asset: bar.local, amount: units(200) }],
      reference: referenceOf('bank'),
    }
    const settled = world.must(bar.till, body, { consents: [clearingConsent(club, body)] })
    expect(settled.legs).toEqual([{ wallet: club.wallet, asset: bar.local, amount: 200 }])
    expect(balanceOf(world, bar.wallet, club.local)).toEqual({ available: 50, held: 0 })
    expect(balanceOf(world, club.wallet, bar.local)).toEqual({ available: 150, held: 0 })
    expect(world.get('asset', bar.local)).toMatchObject({ supply: 150, redeemed: 200 })
    expect(world.get('asset', club.local)).toMatchObject({ supply: 50, burned: 650 })
    expect(world.get('asset', club.local)).not.toHaveProperty('redeemed')
    expect(world.ledger.state.get('clearing', `${bar.place}/${event.id}`)).toBeUndefined()
  })

  test('what is set apart for it cannot be spent or cleared again, and is freed by an empty end', () => {
    const { world, bar, club, event } = create()
    const again: ClearingOpen = {
      kind: 'clearing.open',
      place: bar.place,
      grant: bar.grant,
      other: club.place,
      gives: [{ asset: club.local, amount: units(1) }],
      takes: [],
    }
    const attempt = () =>
      world.apply(bar.till, again, { consents: [clearingConsent(club, again)] }).outcome
    expect(attempt()).toBe('insufficient_funds')
    const end: ClearingSettle = {
      kind: 'clearing.settle',
      place: bar.place,
      grant: bar.grant,
      opener: bar.place,
      clearing: event.id,
      gives: [],
      takes: [],
      paid: [],
    }
    world.must(bar.till, end, { consents: [clearingConsent(club, end)] })
    expect(attempt()).toBe('applied')
  })

  test.each([
    ['suspended', 'active'],
    ['leaving', 'suspended'],
    ['suspended', 'suspended'],
  ] as const)(
    'is ended by the other place too, with the opener %s and itself %s',
    (...statuses) => {
      const { world, bar, club, event } = create()
      for (const [index, { place }] of [bar, club].entries()) {
        const status = statuses[index] ?? 'active'
        world.edit('place', place, { ...world.get('place', place), status })
      }
      const end: ClearingSettle = {
        kind: 'clearing.settle',
        place: club.place,
        grant: club.grant,
        opener: bar.place,
        clearing: event.id,
        gives: [{ asset: club.local, amount: units(650) }],
        takes: [{ asset: bar.local, amount: units(650) }],
        paid: [{ asset: bar.local, amount: units(200) }],
        reference: referenceOf('bank'),
      }
      world.must(club.till, end, { consents: [clearingConsent(bar, end)] })
      expect(balanceOf(world, bar.wallet, club.local)).toEqual({ available: 50, held: 0 })
      expect(balanceOf(world, club.wallet, bar.local)).toEqual({ available: 150, held: 0 })
      expect(world.ledger.state.get('clearing', `${bar.place}/${event.id}`)).toBeUndefined()
    },
  )

  test('also a place that is leaving', () => {
    const { world, bar, club, event } = create()
    world.edit('place', bar.place, { ...world.get('place', bar.place), status: 'leaving' })
    const end: ClearingSettle = {
      kind: 'clearing.settle',
      place: bar.place,
      grant: bar.grant,
      opener: bar.place,
      clearing: event.id,
      gives: [{ asset: club.local, amount: units(700) }],
      takes: [{ asset: bar.local, amount: units(700) }],
      paid: [],
    }
    const settled = world.apply(bar.till, end, { consents: [clearingConsent(club, end)] })
    expect(settled.outcome).toBe('applied')
  })
})

describe('a correction', () => {
  const publish = () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 1000 })
    const reason = referenceOf('a till went mad')
    const body = {
      kind: 'correction',
      asset: bar.local,
      from: card.wallet,
      to: bar.wallet,
      amount: units(400),
      reason,
    } as const
    const event = world.must(OPERATOR, body, { consents: [operatorsTo(body)] })
    const published = { scope: event.scope, correction: event.id }
    return { world, bar, card, event, reason, published }
  }

  test('is published with its reason, and moves money a day later, once', () => {
    const { world, bar, card, event, reason, published } = publish()
    expect(event.facts).toEqual({ reason, untilMs: event.timeMs + CORRECTION_DELAY_MS })
    expect(event.movements).toEqual([])
    const execute = { kind: 'correction.execute', ...published } as const
    world.advance(CORRECTION_DELAY_MS - 2)
    expect(world.apply(OPERATOR, execute).outcome).toBe('correction_not_due')
    expect(world.must(OPERATOR, execute).facts).toEqual({ reason })
    expect(world.available(card.wallet, bar.local)).toBe(600)
    expect(world.available(bar.wallet, bar.local)).toBe(400)
    expect(world.apply(OPERATOR, execute).outcome).toBe('correction_unknown')
  })

  test('that is withdrawn never happens', () => {
    const { world, card, bar, published } = publish()
    const body = { kind: 'correction.withdraw', ...published } as const
    world.must(OPERATOR, body, { consents: [operatorsTo(body)] })
    world.advance(CORRECTION_DELAY_MS)
    const execute = { kind: 'correction.execute', ...published } as const
    expect(world.apply(OPERATOR, execute).outcome).toBe('correction_unknown')
    expect(world.available(card.wallet, bar.local)).toBe(1000)
  })
})
