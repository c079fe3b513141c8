import { describe, expect, test } from 'vitest'
import { createdFederationId } from '#protocol/derive.ts'
import type { FederationId } from '#protocol/id.ts'
import { DAY_MS } from '#protocol/ledger/period.ts'
import type {
  FederationCreate,
  FederationInvite,
  FederationSet,
} from '#protocol/transaction/kinds/federation.ts'
import { actor } from '#test/support/actors.ts'
import { operatorsTo } from '#test/support/authority-builders.ts'
import { OPERATOR, type World } from '#test/support/ledger-builders.ts'
import { saleBody } from '#test/support/venue-builders.ts'
import { dump } from './dump.ts'
import { createScene, type Scene } from './refusal-scene.ts'

const ADMIN = actor('admin')

const found = (world: World, weakCards = true): FederationId => {
  const jti = world.jti()
  const agree = { kind: 'federation.create', name: 'Quayside' } as const
  const body: FederationCreate = {
    kind: 'federation.create',
    name: 'Quayside',
    admins: [ADMIN.key],
    weakCards,
  }
  world.must(OPERATOR, body, { jti, consents: [{ by: ADMIN, agree }] })
  return createdFederationId({ scope: OPERATOR.key, jti, index: 0 })
}

const invitation = (
  { world, club }: Scene,
  federation: FederationId,
  forMs = 60_000,
): FederationInvite => ({
  kind: 'federation.invite',
  federation,
  target: club.place,
  untilMs: world.nowMs() + forMs,
})

describe('a further federation', () => {
  test('is its admins’: they invite, and a place joins once', () => {
    const scene = createScene()
    const { world, club } = scene
    const { owner, place } = club
    const federation = found(world)
    expect(world.get('federation', federation)).toEqual({
      id: federation,
      name: 'Quayside',
      admins: [ADMIN.key],
      assets: [],
      weakCards: true,
    })
    world.must(ADMIN, invitation(scene, federation))
    world.must(owner, { kind: 'federation.accept', place, federation })
    expect(world.get('place', place).federations).toEqual([world.federation, federation])
    expect(world.ledger.state.get('invitation', `${federation}/${place}`)).toBeUndefined()
    world.must(owner, { kind: 'federation.leave', place, federation })
    const again = world.apply(owner, { kind: 'federation.accept', place, federation })
    expect(again.outcome).toBe('invitation_unknown')
  })

  test('forgets invitations that lapse, at the end of the last one', () => {
    const scene = createScene()
    const { world, club } = scene
    const federation = found(world)
    const key = `${federation}/${club.place}`
    world.must(ADMIN, invitation(scene, federation, 60_000))
    world.must(ADMIN, invitation(scene, federation, 120_000))
    const { state } = world.ledger
    world.advance(70_000)
    world.run()
    expect(state.get('invitation', key)).toBeDefined()
    world.advance(60_000)
    world.run()
    expect(state.get('invitation', key)).toBeUndefined()
  })

  test('forgets the same whatever was undone', () => {
    const scene = createScene()
    const { world, club } = scene
    const federation = found(world)
    world.must(ADMIN, invitation(scene, federation, 60_000))
    const before = dump(world.ledger)
    const { owner, place } = club
    world.must(owner, { kind: 'federation.accept', place, federation })
    world.advance(60_000)
    world.run()
    world.undo()
    world.undo()
    expect(dump(world.ledger)).toEqual(before)
    world.run()
    expect(world.ledger.state.get('invitation', `${federation}/${place}`)).toBeUndefined()
  })
})

describe('a place that leaves a federation', () => {
  test('shares nothing in it any more, nor takes what was shared', () => {
    const { world, bar, club, weak } = createScene()
    const { grant: _, ...sale } = saleBody(club, [weak], 10)
    const named = { ...sale, assets: [bar.local] }
    world.must(club.owner, named)
    const { owner, place } = bar
    world.must(owner, { kind: 'federation.leave', place, federation: world.federation })
    expect(world.get('place', place).federations).toEqual([])
    expect(world.get('asset', bar.local).federations).toBeUndefined()
    expect(world.apply(club.owner, named).outcome).toBe('asset_not_accepted')
  })

  test('may be told to go, and a charge in the same block stands', () => {
    const { world, club, weak } = createScene()
    const { grant: _, ...sale } = saleBody(club, [weak], 10)
    const federation = world.federation
    const expel = { kind: 'federation.leave', federation, target: club.place } as const
    const events = world.run(world.sign(club.owner, sale), world.sign(OPERATOR, expel))
    expect(events.map(({ outcome }) => outcome)).toEqual(['applied', 'applied'])
    expect(world.apply(club.owner, sale).outcome).toBe('card_not_accepted')
  })
})

test('an admin names others who agree, and who lets weak cards in', () => {
  const { world, club, weak } = createScene()
  const { grant: _, ...sale } = saleBody(club, [weak], 10)
  world.must(club.owner, sale)
  const federation = world.federation
  const admins = [ADMIN.key]
  const body: FederationSet = {
    kind: 'federation.set',
    federation,
    name: 'Quays',
    admins,
    weakCards: false,
  }
  const agree = { kind: 'federation.set', federation } as const
  world.must(OPERATOR, body, { consents: [{ by: ADMIN, agree }] })
  expect(world.get('federation', federation)).toMatchObject({ name: 'Quays', admins })
  expect(world.apply(OPERATOR, body).outcome).toBe('federation_admin_required')
  expect(world.apply(club.owner, sale).outcome).toBe('card_not_accepted')
  world.must(ADMIN, { ...body, weakCards: true })
  world.must(club.owner, sale)
})

test('bounds of use change with the next block, and honest blocks stay within them', () => {
  const scene = createScene()
  const { world, bar } = scene
  const open = (name: string) => {
    const key = actor(name).key
    const agree = { kind: 'wallet.open', place: bar.place } as const
    const body = { kind: 'wallet.open', place: bar.place, key } as const
    return world.sign(bar.owner, body, { consents: [{ by: actor(name), agree }] })
  }
  world.advance(DAY_MS)
  const body = { kind: 'parameter.change', walletsPerDay: 1 } as const
  const change = world.sign(OPERATOR, body, { consents: [operatorsTo(body)] })
  const events = world.run(open('one'), change, open('two'))
  expect(events.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'applied'])
  expect(world.run(open('three')).at(0)?.outcome).toBe('wallet_limit_reached')
  expect(world.get('network', 'network').parameters).toEqual({
    ...world.genesis.parameters,
    walletsPerDay: 1,
  })
})
