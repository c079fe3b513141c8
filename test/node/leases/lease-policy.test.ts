import { describe, expect, test } from 'vitest'
import { newsOf } from '#node/leases/lease-news.ts'
import { type LeaseTerms, type Reservation, reservationFor } from '#node/leases/lease-policy.ts'
import { units } from '#protocol/amount.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { saleBody, secretCard, type TestCard, topUp } from '../../support/venue-builders.ts'
import { createLeaseBench, HOUR_MS, LEASE_CAP, LEASE_KEY, MONEY } from './lease-bench.ts'

const AMOUNT = 1_000

const createPolicy = () => {
  const bench = createLeaseBench()
  const { bar, view, world } = bench
  const ask = (
    { id }: TestCard,
    changes: Partial<LeaseTerms> = {},
    agreed = false,
  ): Reservation => {
    const terms: LeaseTerms = {
      place: bar.place,
      key: LEASE_KEY.key,
      grant: bar.grant,
      amount: AMOUNT,
      durationMs: 6 * HOUR_MS,
      ...changes,
    }
    return reservationFor(view, terms, { payer: { card: id }, nowMs: world.nowMs(), agreed })
  }
  const spend = (card: TestCard, amount: number): void => {
    const sale = { ...saleBody(bar, [card], amount), assets: [bar.local] }
    world.must(bar.till, sale)
  }
  return { ...bench, ask, spend }
}

/** What is opened, and how many leases are given back for it. */
const shape = (reservation: Reservation): readonly (string | number)[] =>
  reservation.map((each) => (each.kind === 'hold.open' ? each.cap : each.kind))

describe('what a venue reserves of a card', () => {
  test('the amount, for so long, by its grant, for its key', () => {
    const { ask, card, bar, world } = createPolicy()
    const ann = card('ann')
    expect(ask(ann)).toEqual([
      {
        kind: 'hold.open',
        place: bar.place,
        grant: bar.grant,
        payer: { card: ann.id },
        asset: bar.local,
        cap: AMOUNT,
        key: LEASE_KEY.key,
        purpose: 'lease',
        expiresAtMs: world.nowMs() + 6 * HOUR_MS - 30_000,
      },
    ])
  })

  test.each<[string, Partial<LeaseTerms>, readonly number[]]>([
    ['no more than may be leased', { amount: LEASE_CAP + 1 }, [LEASE_CAP]],
    ['no more than there is', { amount: 2_000 }, [2_000]],
  ])('%s', (_, terms, expected) => {
    const { ask, card } = createPolicy()
    expect(shape(ask(card('ann'), terms))).toEqual(expected)
  })

  test('what is there, and nothing where that is next to nothing', () => {
    const { ask, card, spend } = createPolicy()
    const ann = card('ann')
    spend(ann, MONEY - 400)
    expect(shape(ask(ann))).toEqual([400])
    spend(ann, 310)
    expect(ask(ann)).toEqual([])
  })

  test('nothing while a lease suffices', () => {
    const { ask, card, lease } = createPolicy()
    const ann = card('ann')
    lease(ann)
    expect(ask(ann)).toEqual([])
  })

  test('anew when it is nearly used up, or nearly over: the rest is given back with it', () => {
    const { ask, card, lease, world, bar } = createPolicy()
    const [ann, bob] = [card('ann'), card('bob')]
    const hold = lease(ann)
    const { place } = bar
    world.must(LEASE_KEY, { kind: 'hold.capture', place, hold, amount: units(800) })
    expect(shape(ask(ann))).toEqual(['hold.release', AMOUNT])
    lease(bob, { expiresAtMs: world.nowMs() + HOUR_MS })
    expect(shape(ask(bob))).toEqual(['hold.release', AMOUNT])
  })

  test('nothing of a blocked card, of a stranger, or of a secret card that did not agree', () => {
    const { ask, card, world, bar } = createPolicy()
    const ann = card('ann')
    world.must(bar.owner, { kind: 'card.block', place: bar.place, card: ann.id })
    expect(ask(ann)).toEqual([])
    const secret = secretCard(world, bar, 'secret')
    topUp(world, bar, { card: secret.id, amount: MONEY })
    expect(ask(secret)).toEqual([])
    expect(shape(ask(secret, {}, true))).toEqual([AMOUNT])
  })

  test('less than what others have reserved, within what may be leased in all', () => {
    const { ask, card, lease, bar } = createPolicy()
    const ann = card('ann')
    lease(ann, { cap: units(LEASE_CAP - 300), key: bar.till.key })
    expect(shape(ask(ann))).toEqual([300])
  })
})

describe('what a block tells of a payer', () => {
  const { bar, club, card } = createLeaseBench()
  const ann = card('ann')
  const sale = (venue: typeof bar): TransactionBody => saleBody(venue, [ann], 100)
  const issue = (place: typeof bar.place): TransactionBody => ({
    kind: 'issue',
    place,
    asset: bar.local,
    amount: units(1),
    to: { card: ann.id },
  })
  const transfer: TransactionBody = {
    kind: 'transfer',
    from: ann.wallet,
    to: bar.wallet,
    asset: bar.local,
    amount: units(1),
  }
  const block: TransactionBody = { kind: 'card.block', place: club.place, card: ann.id }
  test.each<[string, TransactionBody, 'applied' | 'insufficient_funds' | 'card_blocked', string[]]>(
    [
      ['topped up here', issue(bar.place), 'applied', ['here']],
      ['topped up elsewhere', issue(club.place), 'applied', []],
      ['paid here', sale(bar), 'applied', ['here']],
      ['refused here', sale(bar), 'insufficient_funds', []],
      ['paid elsewhere', sale(club), 'applied', ['wanted']],
      ['refused elsewhere for lack of money', sale(club), 'insufficient_funds', ['wanted']],
      ['refused elsewhere otherwise', sale(club), 'card_blocked', []],
      ['gave money away', transfer, 'applied', ['wanted']],
      ['blocked', block, 'applied', ['wanted']],
      ['both in a batch', { kind: 'batch', operations: [transfer] }, 'applied', ['wanted']],
    ],
  )('%s', (_, body, outcome, expected) => {
    expect(newsOf(bar.place, body, { outcome }).map(({ kind }) => kind)).toEqual(expected)
  })
})
