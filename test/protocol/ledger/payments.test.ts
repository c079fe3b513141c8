import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { cardWalletId } from '#protocol/derive.ts'
import { deriveId } from '#protocol/id.ts'
import type { Sale } from '#protocol/transaction/kinds/payment.ts'
import { actor } from '#test/support/actors.ts'
import { createWorld } from '#test/support/ledger-builders.ts'
import {
  createAsset,
  openVenue,
  openWallet,
  saleBody,
  saleConsent,
  secretCard,
  topUp,
  topUpEuro,
} from '#test/support/venue-builders.ts'
import { createScene, type Scene, selling, setMandate } from './refusal-scene.ts'

const sell = (scene: Scene, changes: Partial<Sale>) => {
  const { by, body } = selling(scene, changes)
  return scene.world.apply(by, body)
}

describe('a sale', () => {
  test("takes the place's order of debit, and leaves out a class that it leaves out", () => {
    const world = createWorld()
    const order = { debitOrder: ['federated', 'local'] } satisfies Parameters<typeof openVenue>[2]
    const bar = openVenue(world, 'Bar', order)
    const card = secretCard(world, bar, 'Ada')
    topUp(world, bar, { card: card.id, amount: 100, asset: bar.gift })
    topUp(world, bar, { card: card.id, amount: 100 })
    topUpEuro(world, { card: card.id, amount: 100 })
    const pay = (amount: number) =>
      world.apply(bar.till, saleBody(bar, [card], amount), {
        consents: [saleConsent(bar, card, amount)],
      })
    expect(pay(150).legs?.map(({ asset, amount }) => [asset, amount])).toEqual([
      [world.euro, 100],
      [bar.local, 50],
    ])
    expect(pay(100)).toMatchObject({ outcome: 'insufficient_funds', facts: { missingAmount: 50 } })
  })

  test('takes the assets it names in the order it names them', () => {
    const scene = createScene()
    const { world, bar } = scene
    const event = sell(scene, { amount: units(600), assets: [world.euro, bar.local] })
    expect(event.legs?.map(({ asset, amount }) => [asset, amount])).toEqual([
      [world.euro, 500],
      [bar.local, 100],
    ])
  })

  test("takes another's money where the place accepts it, before federated money", () => {
    const { world, club, bar, weak } = createScene()
    const event = world.apply(club.till, saleBody(club, [weak], 1200))
    expect(event.legs?.map(({ asset, amount }) => [asset, amount])).toEqual([
      [bar.local, 1000],
      [world.euro, 200],
    ])
    expect(world.available(club.wallet, bar.local)).toBe(1000)
  })

  test('passes over money of another unit and archived money', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const points = createAsset(world, bar, { code: 'POINT', category: 'points', unit: 'point' })
    topUp(world, bar, { card: weak.id, amount: 50, asset: points })
    world.edit('asset', bar.local, { ...world.get('asset', bar.local), archived: true })
    expect(sell(scene, { amount: units(501) })).toMatchObject({ facts: { missingAmount: 1 } })
  })

  test('takes time and points as what they are', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const minutes = createAsset(world, bar, {
      code: 'TIME',
      category: 'time',
      unit: 'minute',
      scale: 0,
    })
    topUp(world, bar, { card: weak.id, amount: 90, asset: minutes })
    const event = sell(scene, { amount: units(60), unit: 'minute', scale: 0 })
    expect(event.legs).toEqual([{ card: weak.id, wallet: weak.wallet, asset: minutes, amount: 60 }])
  })

  test('of a bounded grant takes only what the grant reaches', () => {
    const { world, bar, weak } = createScene()
    const till = actor('euro till')
    world.must(bar.owner, {
      kind: 'grant.issue',
      place: bar.place,
      grantee: till.key,
      actions: ['sale'],
      assets: [world.euro],
      caps: {},
    })
    const grants = [...world.ledger.state.entries('grant')].map(({ record }) => record)
    const grant = grants.find(({ grantee }) => grantee === till.key)?.id
    const event = world.apply(till, { ...saleBody(bar, [weak], 400), grant })
    expect(event.legs?.map(({ asset }) => asset)).toEqual([world.euro])
  })

  test("charges a person's wallet with their consent, or within their mandate", () => {
    const scene = createScene()
    const { world, bar, club, person } = scene
    const payers = [{ wallet: person.id }]
    const { by, body } = selling(scene, { payers })
    const agree = { kind: 'sale', place: bar.place, unit: 'EUR', scale: 2 } as const
    const consents = [{ by: person.holder, agree: { ...agree, max: units(10) } }]
    expect(world.apply(by, body, { consents }).outcome).toBe('applied')
    world.must(person.holder, {
      kind: 'mandate.set',
      wallet: person.id,
      to: world.federation,
      caps: { charge: units(50), day: units(80) },
    })
    const charge = (amount: number) => sell(scene, { payers, amount: units(amount) }).outcome
    expect([charge(51), charge(50), charge(31), charge(30)]).toEqual([
      'mandate_cap_exceeded',
      'applied',
      'mandate_cap_exceeded',
      'applied',
    ])
    const elsewhere = { ...body, place: club.place, amount: units(50) }
    expect(world.apply(club.owner, elsewhere).outcome).toBe('applied')
    expect(world.available(person.id, bar.local)).toBe(1000 - 10 - 50 - 30 - 50)
  })

  test('counts a mandate of the place before one of its federation', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    setMandate(scene, weak.wallet, { caps: { charge: units(5), day: units(5) } })
    const key = `${weak.wallet}/${bar.place}`
    const roomy = { charge: units(100), day: units(100) }
    world.edit('mandate', key, { ...world.get('mandate', key), caps: roomy })
    expect(sell(scene, { amount: units(50) }).outcome).toBe('applied')
  })
})

describe('a refund', () => {
  test('gives back the last leg first, in parts, and never more than was paid', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    topUp(world, bar, { card: weak.id, amount: 30, asset: bar.gift })
    const { id } = sell(scene, { amount: units(1230) })
    const refund = (amount?: number) =>
      world.apply(bar.owner, {
        kind: 'refund',
        place: bar.place,
        sale: id,
        ...(amount === undefined ? {} : { amount: units(amount) }),
      })
    const parts = (event: ReturnType<typeof refund>) =>
      event.legs?.map(({ asset, amount }) => [asset, amount])
    expect(parts(refund(150))).toEqual([[world.euro, 150]])
    expect(parts(refund(100))).toEqual([
      [world.euro, 50],
      [bar.local, 50],
    ])
    expect(refund(1000).outcome).toBe('refund_exceeds_sale')
    expect(parts(refund())).toEqual([
      [bar.local, 950],
      [bar.gift, 30],
    ])
    expect(refund().outcome).toBe('already_refunded')
    expect(world.available(weak.wallet, bar.gift)).toBe(30)
  })

  test('of a card goes where its money went, whatever the card points at now', () => {
    const scene = createScene()
    const { world, bar, weak, person } = scene
    const { id } = sell(scene, { amount: units(100) })
    const wallet = world.get('wallet', weak.wallet)
    world.edit('wallet', weak.wallet, { ...wallet, successor: person.id })
    world.edit('card', weak.id, { ...world.get('card', weak.id), wallet: bar.wallet })
    const event = world.must(bar.owner, { kind: 'refund', place: bar.place, sale: id })
    expect(event.legs).toMatchObject([{ card: weak.id, wallet: person.id, amount: 100 }])
    expect(world.available(person.id, bar.local)).toBe(1100)
  })
})

describe('a cash-out', () => {
  test("burns the issuer's own money and moves federated money to the place", () => {
    const { world, bar, secret } = createScene()
    const cashout = (asset: typeof bar.local) => {
      const body = {
        kind: 'cashout',
        place: bar.place,
        payer: { card: secret.id },
        asset,
        amount: units(100),
      } as const
      const agree = { kind: 'cashout', place: bar.place, asset, max: units(100) } as const
      return world.must(
        bar.till,
        { ...body, grant: bar.grant },
        {
          consents: [{ by: secret.holder, agree }],
        },
      )
    }
    const { supply } = world.get('asset', bar.local)
    expect(cashout(bar.local).movements).toEqual([
      { wallet: secret.wallet, asset: bar.local, change: -100 },
    ])
    expect(world.get('asset', bar.local)).toMatchObject({ supply: supply - 100, burned: 100 })
    cashout(world.euro)
    expect(world.available(bar.wallet, world.euro)).toBe(100)
    expect(world.get('asset', world.euro).burned).toBe(0)
  })

  test('of a copied secret takes no more in a day, with sales and in batches, than the caps', () => {
    const scene = createScene()
    const { world, bar, secret } = scene
    const { owner, place, local } = bar
    setMandate(scene, secret.wallet, { caps: { charge: units(60), day: units(100) } })
    const agree = { kind: 'cashout', place, asset: local, max: units(1000) } as const
    const consents = [{ by: secret.holder, agree }]
    const operation = { kind: 'cashout', place, payer: { card: secret.id }, asset: local } as const
    const take = (...amounts: number[]) =>
      world.apply(
        owner,
        {
          kind: 'batch',
          operations: amounts.map((amount) => ({ ...operation, amount: units(amount) })),
        },
        { consents },
      ).outcome
    const sale = saleBody(bar, [secret], 30)
    expect(world.apply(bar.till, sale, { consents: [saleConsent(bar, secret, 30)] }).outcome).toBe(
      'applied',
    )
    expect([take(61), take(35, 36), take(35, 35), take(1)]).toEqual([
      'mandate_cap_exceeded',
      'mandate_cap_exceeded',
      'applied',
      'mandate_cap_exceeded',
    ])
    expect(world.available(secret.wallet, local)).toBe(900)
  })
})

describe('a card', () => {
  const FRESH = deriveId('crd', 'fresh')

  test('of a stolen roll is blocked before it is ever activated', () => {
    const { world, bar } = createScene()
    const { owner, place } = bar
    const federation = world.federation
    const caps = { charge: units(1), day: units(1) }
    world.must(owner, {
      kind: 'card.register',
      place,
      batch: 'roll',
      strength: 'weak',
      mandate: { federation, caps },
      cards: [FRESH],
    })
    world.must(owner, { kind: 'card.block', place, card: FRESH })
    expect(world.apply(owner, { kind: 'card.activate', place, card: FRESH }).outcome).toBe(
      'card_not_blank',
    )
    expect(world.ledger.state.get('wallet', cardWalletId(FRESH))).toBeUndefined()
  })

  test('is blocked by its holder, by any place that accepts it, and not by a stranger', () => {
    const { world, club, secret, weak } = createScene()
    world.must(secret.holder, { kind: 'card.block', card: secret.id })
    const { place, grant } = club
    world.must(club.till, { kind: 'card.block', place, grant, card: weak.id })
    expect(world.get('card', secret.id).state).toBe('blocked')
    expect(world.get('card', weak.id).state).toBe('blocked')
  })

  test('cannot be widened by its own key: no mandate, no charge around its card', () => {
    const { world, bar, secret } = createScene()
    const caps = { charge: units(1), day: units(1) }
    const mandate = { kind: 'mandate.set', wallet: secret.wallet, to: bar.place, caps } as const
    expect(world.apply(secret.holder, mandate).outcome).toBe('wallet_kind_not_allowed')
  })
})

describe('a holder', () => {
  test('passes money on, and a blocked card does not', () => {
    const { world, bar, person, secret } = createScene()
    const friend = openWallet(world, bar, 'Friend')
    const body = { kind: 'transfer', asset: bar.local, amount: units(10), to: friend.id } as const
    world.must(person.holder, { ...body, from: person.id })
    world.must(secret.holder, { ...body, from: secret.wallet })
    world.must(secret.holder, { kind: 'card.block', card: secret.id })
    const late = world.apply(secret.holder, { ...body, from: secret.wallet })
    expect(late.outcome).toBe('card_blocked')
    expect(world.available(friend.id, bar.local)).toBe(20)
  })
})
