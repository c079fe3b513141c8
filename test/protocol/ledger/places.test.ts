import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { actor, peerId } from '#test/support/actors.ts'
import { OPERATOR } from '#test/support/ledger-builders.ts'
import { referenceOf, saleBody } from '#test/support/venue-builders.ts'
import { authorityToo } from './authorities.ts'
import { createScene, type Scene } from './refusal-scene.ts'

const suspend = ({ world, bar }: Scene, suspended: boolean, by = OPERATOR) =>
  world.must(by, { kind: 'place.suspend', target: bar.place, suspended })

const ownSale = ({ bar, weak }: Scene, amount: number) => {
  const { grant: _, ...body } = saleBody(bar, [weak], amount)
  return body
}

describe('an update of a place', () => {
  test('says all its terms anew', () => {
    const { world, bar, club } = createScene()
    const before = world.get('place', club.place)
    const terms = {
      name: 'Club of the quay',
      nodes: [peerId('one'), peerId('two')],
      accepts: [bar.gift, bar.local],
      payoutReference: referenceOf('an account'),
    }
    const { owner, place } = club
    world.must(owner, { kind: 'place.update', place, ...terms, debitOrder: ['external'] })
    expect(world.get('place', place)).toEqual({ ...before, ...terms, debitOrder: ['external'] })
    const { payoutReference: _, ...rest } = terms
    world.must(owner, { kind: 'place.update', place, ...rest })
    const after = world.get('place', place)
    expect(after.payoutReference).toBeUndefined()
    expect(after.debitOrder).toEqual(['gift', 'local', 'external', 'federated'])
  })
})

describe('a place that leaves', () => {
  test('takes nothing new, and gives back what it owes', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const { owner, place, local: asset } = bar
    const sale = world.jti()
    world.must(owner, ownSale(scene, 100), { jti: sale })
    world.must(owner, { kind: 'place.leave', place })
    expect(world.get('place', place).status).toBe('leaving')
    const to = { card: weak.id }
    const amount = units(10)
    const tried = [
      ownSale(scene, 10),
      { kind: 'issue', place, asset, amount, to } as const,
      { kind: 'wallet.open', place, key: actor('late').key } as const,
    ]
    for (const body of tried) expect(world.apply(owner, body).outcome).toBe('place_not_active')
    world.must(owner, { kind: 'refund', place, sale })
    world.must(owner, { kind: 'cashout', place, payer: to, asset, amount })
    world.must(owner, { kind: 'asset.archive', place, asset })
  })

  test('has its money taken nowhere else', () => {
    const { world, bar, club, weak } = createScene()
    const { grant: _, ...sale } = saleBody(club, [weak], 10)
    world.must(club.owner, { ...sale, assets: [bar.local] })
    world.must(bar.owner, { kind: 'place.leave', place: bar.place })
    const outcome = world.apply(club.owner, { ...sale, assets: [bar.local] }).outcome
    expect(outcome).toBe('asset_not_accepted')
  })
})

describe('a suspension', () => {
  test('stops a place and its end gives back what it was', () => {
    const scene = createScene()
    const { world, bar } = scene
    suspend(scene, true)
    suspend(scene, true)
    expect(world.apply(bar.owner, ownSale(scene, 10)).outcome).toBe('place_not_active')
    suspend(scene, false)
    world.must(bar.owner, ownSale(scene, 10))
    world.must(bar.owner, { kind: 'place.leave', place: bar.place })
    suspend(scene, true)
    expect(world.get('place', bar.place).status).toBe('suspended')
    suspend(scene, false)
    expect(world.get('place', bar.place).status).toBe('leaving')
  })

  test('is any authority’s, once the home authority is none', () => {
    const scene = createScene()
    const { world, bar } = scene
    const other = actor('other operator')
    authorityToo(world, other)
    const record = world.get('place', bar.place)
    world.edit('place', bar.place, { ...record, authority: actor('gone').key })
    suspend(scene, true, other)
    suspend(scene, false)
    expect(world.get('place', bar.place).status).toBe('active')
  })
})
