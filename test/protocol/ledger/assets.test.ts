import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { createdAssetId, walletIdOfKey } from '#protocol/derive.ts'
import type { AssetUpdate } from '#protocol/transaction/kinds/asset.ts'
import { actor } from '#test/support/actors.ts'
import { operatorsTo } from '#test/support/authority-builders.ts'
import { OPERATOR, ROOMY_LIMITS, type World } from '#test/support/ledger-builders.ts'
import {
  createAsset,
  federatedAssetBody,
  gatewayTo,
  referenceOf,
  saleBody,
} from '#test/support/venue-builders.ts'
import { createScene } from './refusal-scene.ts'

const federate = (world: World, code: string, gateway = actor('second gateway')) => {
  const body = federatedAssetBody(world, gateway, { code })
  const jti = world.jti()
  const consents = [operatorsTo(body), gatewayTo(body, gateway)]
  world.must(OPERATOR, body, { jti, consents })
  return { gateway, asset: createdAssetId({ scope: OPERATOR.key, jti, index: 0 }) }
}

describe('one more asset of a federation', () => {
  test('is issued by its own gateway and spent at every place of the federation', () => {
    const { world, bar, club, weak } = createScene()
    const { gateway, asset } = federate(world, 'EUR')
    expect(world.get('federation', world.federation).assets).toEqual([world.euro, asset])
    expect(world.get('asset', asset)).toMatchObject({ code: 'EUR', gateway: gateway.key })
    const to = { card: weak.id }
    const reference = referenceOf('paid')
    world.must(gateway, { kind: 'issue', asset, amount: units(70), to, reference })
    const { grant: _, ...sale } = saleBody(club, [weak], 70)
    world.must(club.owner, { ...sale, assets: [asset] })
    expect(world.available(club.wallet, asset)).toBe(70)
    expect(world.available(bar.wallet, asset)).toBe(0)
  })

  test('shares one wallet with what else its gateway issues', () => {
    const { world } = createScene()
    const { gateway } = federate(world, 'EURA')
    const wallet = walletIdOfKey(gateway.key)
    expect(world.get('wallet', wallet)).toEqual({
      id: wallet,
      kind: 'gateway',
      keys: [gateway.key],
    })
    const before = world.get('key', gateway.key)
    federate(world, 'EURB')
    expect(world.get('key', gateway.key)).toEqual(before)
  })
})

describe('an update', () => {
  test('says all that may change, and leaves what was issued alone', () => {
    const { world, bar } = createScene()
    const { owner, place, local } = bar
    const before = world.get('asset', local)
    const terms = {
      name: 'Beakers',
      cap: units(3000),
      transferable: false,
      cardLimits: ROOMY_LIMITS,
      lease: { cap: units(3000), durationMs: 21_600_000 },
      federations: [world.federation],
    }
    const body: AssetUpdate = { kind: 'asset.update', place, asset: local, ...terms }
    world.must(owner, body)
    expect(world.get('asset', local)).toEqual({ ...before, ...terms })
    const { lease: _, federations: __, ...rest } = body
    world.must(owner, rest)
    expect(world.get('asset', local).lease).toBeUndefined()
    expect(world.get('asset', local).federations).toBeUndefined()
  })

  test('of a federated asset is the authorities’', () => {
    const { world } = createScene()
    const body: AssetUpdate = {
      kind: 'asset.update',
      asset: world.euro,
      name: 'Riverside euro',
      transferable: false,
      cardLimits: ROOMY_LIMITS,
    }
    world.must(OPERATOR, body, { consents: [operatorsTo(body)] })
    expect(world.get('asset', world.euro)).toMatchObject({
      name: 'Riverside euro',
      transferable: false,
      federation: world.federation,
    })
  })

  test('that narrows what cards may spend passes in the block of a sale above it', () => {
    const { world, bar, weak } = createScene()
    const { owner, place, local } = bar
    const narrow = { charge: units(1), day: units(1) }
    const { grant: _, ...sale } = saleBody(bar, [weak], 100)
    const update: AssetUpdate = {
      kind: 'asset.update',
      place,
      asset: local,
      name: 'Cups',
      transferable: true,
      cardLimits: { weak: narrow, secret: narrow },
    }
    const outcomes = world.run(world.sign(owner, sale), world.sign(owner, update))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['applied', 'applied'])
    expect(world.apply(owner, sale).outcome).toBe('card_limit_exceeded')
  })
})

describe('an archived asset', () => {
  test('still goes back: refunds and cash-outs pass, and its terms may change', () => {
    const { world, bar, weak } = createScene()
    const { owner, place, local } = bar
    const { grant: _, ...sale } = saleBody(bar, [weak], 100)
    const sold = world.jti()
    world.must(owner, sale, { jti: sold })
    world.must(owner, { kind: 'asset.archive', place, asset: local })
    expect(world.get('asset', local).archived).toBe(true)
    world.must(owner, { kind: 'refund', place, sale: sold })
    const payer = { card: weak.id }
    world.must(owner, { kind: 'cashout', place, payer, asset: local, amount: units(1000) })
    expect(world.available(weak.wallet, local)).toBe(0)
    const terms = { name: 'Old cups', transferable: true, cardLimits: ROOMY_LIMITS }
    world.must(owner, { kind: 'asset.update', place, asset: local, ...terms })
    expect(world.get('asset', local).archived).toBe(true)
  })

  test('is passed over where a sale names none', () => {
    const { world, bar, weak } = createScene()
    const { owner, place } = bar
    const asset = createAsset(world, bar, { code: 'OLD1' })
    world.must(owner, { kind: 'asset.archive', place, asset })
    const { grant: _, ...sale } = saleBody(bar, [weak], 1500)
    world.must(owner, sale)
    const more = { ...sale, amount: units(1) }
    expect(world.apply(owner, more).outcome).toBe('insufficient_funds')
  })
})
