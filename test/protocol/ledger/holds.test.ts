import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { createdHoldId } from '#protocol/derive.ts'
import type { HoldId } from '#protocol/id.ts'
import { LEASE_GRACE_MS, OPEN_HOLDS_PER_BENEFICIARY_MAX } from '#protocol/limits.ts'
import { actor } from '#test/support/actors.ts'
import { saleBody } from '#test/support/venue-builders.ts'
import { allowLeases, HOLD_KEY, HOUR_MS, openedHold, opening } from './hold-builders.ts'
import { createScene, type Scene } from './refusal-scene.ts'

const balanceOf = ({ world, weak, bar }: Scene) => {
  const { available, held } = world.get('balance', `${weak.wallet}/${bar.local}`)
  return { available, held }
}

const takings = ({ world, bar }: Scene): number => world.available(bar.wallet, bar.local)

const capture = ({ world, bar }: Scene, hold: HoldId, amount: number, jti = world.jti()) =>
  world.apply(
    HOLD_KEY,
    { kind: 'hold.capture', place: bar.place, hold, amount: units(amount) },
    { jti },
  )

describe('a hold', () => {
  test('keeps its cap apart, pays captures out of it and gives the rest back', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const hold = openedHold(scene)
    expect(balanceOf(scene)).toEqual({ available: 900, held: 100 })
    expect(world.get('wallet', weak.wallet).holds).toEqual([hold])
    const event = capture(scene, hold, 30)
    expect(event.movements).toEqual([
      { wallet: weak.wallet, asset: bar.local, change: -30, held: -30 },
      { wallet: bar.wallet, asset: bar.local, change: 30 },
    ])
    capture(scene, hold, 20)
    expect(balanceOf(scene)).toEqual({ available: 900, held: 50 })
    expect(takings(scene)).toBe(50)
    world.must(bar.owner, { kind: 'hold.release', place: bar.place, hold })
    expect(balanceOf(scene)).toEqual({ available: 950, held: 0 })
    expect(world.get('hold', hold).status).toBe('closed')
    expect(world.get('wallet', weak.wallet).holds).toBeUndefined()
  })

  test('is closed by the capture of its last unit', () => {
    const scene = createScene()
    const hold = openedHold(scene)
    capture(scene, hold, 100)
    expect(scene.world.get('hold', hold)).toMatchObject({ status: 'closed', captured: 100 })
    expect(balanceOf(scene)).toEqual({ available: 900, held: 0 })
  })

  test('is not for sale: what is held cannot be spent twice', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    openedHold(scene, { cap: units(700) })
    const body = { ...saleBody(bar, [weak], 301), assets: [bar.local] }
    expect(world.apply(bar.till, body)).toMatchObject({
      outcome: 'insufficient_funds',
      facts: { missingAmount: 1 },
    })
  })

  test('is captured whatever became of card, mandate, grant and place after it was opened', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const { grant, place } = bar
    const jti = world.jti()
    world.must(bar.till, { ...opening(scene).body, grant }, { jti })
    const hold = createdHoldId({ scope: place, jti, index: 0 })
    world.must(bar.owner, { kind: 'card.block', place, card: weak.id })
    world.must(bar.owner, { kind: 'grant.revoke', place, target: grant })
    world.edit('place', place, { ...world.get('place', place), status: 'suspended' })
    for (const to of [place, world.federation]) {
      const key = `${weak.wallet}/${to}`
      world.edit('mandate', key, { ...world.get('mandate', key), notAfterMs: 1 })
    }
    const { grant: _, ...sale } = saleBody(bar, [weak], 1)
    expect(world.apply(bar.owner, sale).outcome).toBe('place_not_active')
    expect(capture(scene, hold, 100).outcome).toBe('applied')
    expect(takings(scene)).toBe(100)
  })

  test.each(['leaving', 'suspended'] as const)(
    'is given back by a place that is %s: its payer waits for nobody',
    (status) => {
      const scene = createScene()
      const { world, bar } = scene
      const { grant, place } = bar
      const [first, second] = [openedHold(scene), openedHold(scene)]
      world.edit('place', place, { ...world.get('place', place), status })
      world.must(bar.owner, { kind: 'hold.release', place, hold: first })
      world.must(bar.till, { kind: 'hold.release', place, grant, hold: second })
      expect(balanceOf(scene)).toEqual({ available: 1000, held: 0 })
    },
  )

  test('of one place leaves room for those of another', () => {
    const scene = createScene()
    const { world, bar, club } = scene
    for (let count = 0; count < OPEN_HOLDS_PER_BENEFICIARY_MAX; count++) {
      openedHold(scene, { cap: units(1) })
    }
    const { by, body } = opening(scene, { cap: units(1) })
    expect(world.apply(by, body).outcome).toBe('hold_limit_reached')
    world.must(club.owner, { ...body, place: club.place, asset: bar.local })
  })

  test('is captured by its key alone: the place key itself is unknown to it', () => {
    const scene = createScene()
    const { world, bar, club } = scene
    const hold = openedHold(scene)
    const body = { kind: 'hold.capture', place: bar.place, hold, amount: units(1) } as const
    for (const [by, place] of [
      [bar.owner, bar.place],
      [bar.till, bar.place],
      [HOLD_KEY, club.place],
    ] as const) {
      const execution = world.execute([world.sign(by, { ...body, place })])
      expect(execution).toMatchObject({ fault: 'invalid', code: 'signer_unknown' })
    }
  })

  test('a payout hold is captured by nobody', () => {
    const scene = createScene()
    const { world, bar } = scene
    const hold = openedHold(scene)
    world.edit('hold', hold, { ...world.get('hold', hold), purpose: 'payout' })
    const body = { kind: 'hold.capture', place: bar.place, hold, amount: units(1) } as const
    const execution = world.execute([world.sign(HOLD_KEY, body)])
    expect(execution).toMatchObject({ fault: 'invalid', code: 'signer_unknown' })
  })

  test('a capture is refunded like a sale', () => {
    const scene = createScene()
    const { world, bar } = scene
    const jti = world.jti()
    capture(scene, openedHold(scene), 100, jti)
    const refund = { kind: 'refund', place: bar.place, sale: jti } as const
    world.must(bar.owner, { ...refund, amount: units(40) })
    expect(balanceOf(scene)).toEqual({ available: 940, held: 0 })
    world.must(bar.owner, refund)
    expect(world.apply(bar.owner, refund).outcome).toBe('already_refunded')
    expect(balanceOf(scene)).toEqual({ available: 1000, held: 0 })
  })

  test('of a sale and a capture with one id only the first takes effect', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const hold = openedHold(scene)
    const jti = world.jti()
    world.must(bar.owner, { ...saleBody(bar, [weak], 10), grant: undefined }, { jti })
    const body = { kind: 'hold.capture', place: bar.place, hold, amount: units(10) } as const
    const execution = world.execute([world.sign(HOLD_KEY, body, { jti })])
    expect(execution).toMatchObject({ fault: 'invalid', code: 'duplicate' })
    expect(takings(scene)).toBe(10)
  })

  test('a lease has 72 hours of grace, another hold none, unless they say so', () => {
    const scene = createScene()
    allowLeases(scene, { cap: 1000, durationMs: HOUR_MS })
    const graceOf = (changes: object) => scene.world.get('hold', openedHold(scene, changes)).graceMs
    expect(graceOf({ purpose: 'lease' })).toBe(LEASE_GRACE_MS)
    expect(graceOf({})).toBe(0)
    expect(graceOf({ purpose: 'lease', graceMs: 5 })).toBe(5)
  })

  test('hands part of itself to another key, and its parts spend no more than it had', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const { place } = bar
    const hold = openedHold(scene)
    const tablet = actor('tablet')
    const jti = world.jti()
    const body = { kind: 'hold.split', place, hold, key: tablet.key, cap: units(60) } as const
    expect(world.must(HOLD_KEY, body, { jti }).movements).toEqual([])
    const part = createdHoldId({ scope: place, jti, index: 0 })
    expect(world.get('hold', hold).cap).toBe(40)
    expect(world.get('hold', part)).toMatchObject({ cap: 60, key: tablet.key, captured: 0 })
    expect(world.get('wallet', weak.wallet).holds).toEqual([hold, part])
    expect(capture(scene, hold, 41).outcome).toBe('hold_cap_exceeded')
    capture(scene, hold, 40)
    const late = { kind: 'hold.capture', place, hold: part, amount: units(60) } as const
    world.must(tablet, late)
    expect(takings(scene)).toBe(100)
    expect(balanceOf(scene)).toEqual({ available: 900, held: 0 })
  })

  test('ends when all of it is handed on', () => {
    const scene = createScene()
    const { world, bar } = scene
    const hold = openedHold(scene)
    const key = actor('tablet').key
    const body = { kind: 'hold.split', place: bar.place, hold, key, cap: units(100) } as const
    const [part] = world.must(HOLD_KEY, body).created
    expect(world.get('hold', hold).status).toBe('closed')
    expect(world.get('hold', part ?? '').cap).toBe(100)
    expect(balanceOf(scene)).toEqual({ available: 900, held: 100 })
  })

  test('is released by its key too, whatever the place became', () => {
    const scene = createScene()
    const { world, bar } = scene
    const { place } = bar
    const hold = openedHold(scene)
    world.edit('place', place, { ...world.get('place', place), status: 'suspended' })
    world.must(HOLD_KEY, { kind: 'hold.release', place, hold })
    expect(balanceOf(scene)).toEqual({ available: 1000, held: 0 })
  })

  test('a batch opens several at once and tells what became held in all', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const { body } = opening(scene)
    const event = world.must(bar.owner, { kind: 'batch', operations: [body, body] })
    expect(event.movements).toEqual([
      { wallet: weak.wallet, asset: bar.local, change: 0, held: 200 },
    ])
    expect(new Set(event.created).size).toBe(2)
  })
})

test('the key of a hold uses up its own share of the refusals of the place, never all of them', () => {
  const scene = createScene()
  const { world, bar } = scene
  const hold = openedHold(scene)
  const before = world.get('network', 'network')
  const parameters = { ...before.parameters, refusedPerHour: 4 }
  world.edit('network', 'network', { ...before, parameters })
  expect(capture(scene, hold, 101).outcome).toBe('hold_cap_exceeded')
  const body = { kind: 'hold.capture', place: bar.place, hold, amount: units(101) } as const
  expect(world.execute([world.sign(HOLD_KEY, body)])).toMatchObject({ code: 'refusals_exhausted' })
  const { body: tooMuch } = opening(scene, { cap: units(5000) })
  expect(world.apply(bar.owner, tooMuch).outcome).toBe('insufficient_funds')
})
