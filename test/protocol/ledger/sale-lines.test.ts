import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import type { Refund, Sale } from '#protocol/transaction/kinds/payment.ts'
import { dynamicCard, tap } from '#test/support/card-builders.ts'
import type { Consenting } from '#test/support/ledger-builders.ts'
import {
  createAsset,
  DAY_MS,
  membershipOf,
  openWallet,
  saleConsent,
  topUp,
} from '#test/support/venue-builders.ts'
import { createScene, type Scene, selling } from './refusal-scene.ts'

const sell = (
  { world, ...scene }: Scene,
  changes: Partial<Sale>,
  consents: readonly Consenting[] = [],
) => {
  const { by, body } = selling({ world, ...scene }, changes)
  return world.must(by, body, { consents })
}

const refund = ({ world, bar }: Scene, sale: Refund['sale'], amount?: number) =>
  world.apply(bar.owner, {
    kind: 'refund',
    place: bar.place,
    sale,
    ...(amount !== undefined && { amount: units(amount) }),
  })

describe('lines of a sale', () => {
  test('a tip goes to a person out of the last legs, and is never refunded', () => {
    const scene = createScene()
    const { world, bar, secret } = scene
    const waiter = openWallet(world, bar, 'Waiter')
    const lines = [{ line: 'tip', wallet: waiter.id, amount: units(150) }] as const
    const payers = [{ card: secret.id }]
    const sold = { amount: units(1100), payers, lines: [...lines] }
    const sale = sell(scene, sold, [saleConsent(bar, secret, 1100, 150)])
    expect(sale.legs?.map(({ amount }) => amount)).toEqual([1000, 100])
    expect(world.available(waiter.id, world.euro)).toBe(100)
    expect(world.available(waiter.id, bar.local)).toBe(50)
    expect(world.available(bar.wallet, bar.local)).toBe(950)
    expect(world.available(secret.wallet, world.euro)).toBe(400)
    expect(refund(scene, sale.id, 951).outcome).toBe('refund_exceeds_sale')
    expect(refund(scene, sale.id).outcome).toBe('applied')
    expect(world.available(secret.wallet, bar.local)).toBe(950)
    expect(world.available(waiter.id, world.euro)).toBe(100)
    expect(refund(scene, sale.id).outcome).toBe('already_refunded')
  })

  test('all tips together are what every payer agreed to, and go to nobody on a mandate alone', () => {
    const scene = createScene()
    const { world, bar, secret, weak, person } = scene
    const waiters = ['Waiter', 'Cook'].map((name) => openWallet(world, bar, name).id)
    const lines = waiters.map((wallet) => ({ line: 'tip', wallet, amount: units(2) }) as const)
    const tapped = dynamicCard(world, bar, 'Tapped')
    topUp(world, bar, { card: tapped.id, amount: 100 })
    const caps = { charge: units(100), day: units(100) }
    const { holder, id: wallet } = person
    world.must(holder, { kind: 'mandate.set', wallet, to: bar.place, caps })
    const tip = (payers: Sale['payers'], ...consents: Consenting[]) => {
      const { by, body } = selling(scene, { payers, lines })
      return world.apply(by, body, { consents }).outcome
    }
    const ofSecret = (most?: number) => saleConsent(bar, secret, 10, most)
    const card = { card: secret.id }
    expect(tip([{ card: weak.id }])).toBe('card_consent_missing')
    expect(tip([{ wallet }])).toBe('holder_consent_missing')
    expect(tip([card], ofSecret())).toBe('consent_mismatch')
    expect(tip([card], ofSecret(3))).toBe('consent_mismatch')
    expect(tip([card, { card: weak.id }], ofSecret(4))).toBe('card_consent_missing')
    expect(tip([card, { wallet }], ofSecret(4), saleConsent(bar, person, 10, 3))).toBe(
      'consent_mismatch',
    )
    expect(tip([card, { wallet }], ofSecret(4), saleConsent(bar, person, 10, 4))).toBe('applied')
    const taps = [tap(bar, tapped), tap(bar, tapped, { tip: 3 }), tap(bar, tapped, { tip: 4 })]
    expect(taps.map((each) => tip([{ card: tapped.id }], each))).toEqual([
      'consent_mismatch',
      'consent_mismatch',
      'applied',
    ])
  })

  test('money bought with other money grows its supply, and is not paid with', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    topUp(world, bar, { card: weak.id, amount: 40, asset: bar.gift })
    const before = world.get('asset', bar.gift).supply
    const line = { line: 'topup', asset: bar.gift, amount: units(60), price: units(50) } as const
    const sale = sell(scene, { amount: units(50), lines: [line] })
    expect(sale.legs?.map(({ asset, amount }) => [asset, amount])).toEqual([[bar.local, 50]])
    expect(world.available(weak.wallet, bar.gift)).toBe(100)
    expect(world.get('asset', bar.gift).supply).toBe(before + 60)
    expect(world.get('sale', `${bar.place}/${sale.id}`).bought).toBe(50)
  })

  test('gift money pays for no money that turns into cash, and is passed over', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    topUp(world, bar, { card: weak.id, amount: 40, asset: bar.gift })
    const line = { line: 'topup', asset: bar.local, amount: units(30) } as const
    const sale = sell(scene, { amount: units(30), lines: [line] })
    expect(sale.legs?.map(({ asset, amount }) => [asset, amount])).toEqual([[world.euro, 30]])
    expect(world.available(weak.wallet, bar.gift)).toBe(40)
  })

  test('what paid for money goes back only to a refund that says how much', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const line = { line: 'topup', asset: bar.gift, amount: units(50) } as const
    const sale = sell(scene, { amount: units(80), lines: [line] })
    refund(scene, sale.id)
    expect(world.available(weak.wallet, bar.local)).toBe(950)
    expect(refund(scene, sale.id).outcome).toBe('already_refunded')
    expect(refund(scene, sale.id, 20).outcome).toBe('applied')
    expect(refund(scene, sale.id, 31).outcome).toBe('refund_exceeds_sale')
    expect(refund(scene, sale.id, 30).outcome).toBe('applied')
    expect(world.available(weak.wallet, bar.gift)).toBe(50)
  })

  test('loyalty points cost nothing', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const points = createAsset(world, bar, { code: 'POINT', category: 'points', unit: 'point' })
    const line = { line: 'topup', asset: points, amount: units(3), price: units(0) } as const
    const sale = sell(scene, { lines: [line] })
    expect(world.available(weak.wallet, points)).toBe(3)
    expect(world.get('sale', `${bar.place}/${sale.id}`)).not.toHaveProperty('bought')
  })

  test('a deposit is refunded as any part, cumulatively', () => {
    const scene = createScene()
    const line = { line: 'deposit', amount: units(4) } as const
    const sale = sell(scene, { lines: [line] })
    expect([4, 6, 1].map((amount) => refund(scene, sale.id, amount).outcome)).toEqual([
      'applied',
      'applied',
      'already_refunded',
    ])
  })

  test('a membership lasts one period from now, and one more from its end', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const asset = membershipOf(world, bar)
    const lines: Sale['lines'] = [{ line: 'membership', asset, amount: units(8) }]
    const first = sell(scene, { lines })
    expect(first.facts).toEqual({ untilMs: first.timeMs + DAY_MS })
    const second = sell(scene, { lines })
    expect(second.facts).toEqual({ untilMs: first.timeMs + 2 * DAY_MS })
    world.advance(3 * DAY_MS)
    const third = sell(scene, { lines })
    expect(third.facts).toEqual({ untilMs: third.timeMs + DAY_MS })
    expect(world.get('membership', `${weak.wallet}/${asset}`)).toEqual({
      wallet: weak.wallet,
      asset,
      sinceMs: third.timeMs,
      untilMs: third.timeMs + DAY_MS,
      contributions: 24,
    })
  })
})
