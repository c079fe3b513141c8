import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { createdGrantId } from '#protocol/derive.ts'
import type { GrantId } from '#protocol/id.ts'
import { buildBlock } from '#protocol/ledger/build-block.ts'
import { DAY_MS } from '#protocol/ledger/period.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import { type Actor, actor } from '#test/support/actors.ts'
import { createWorld, type World } from '#test/support/ledger-builders.ts'
import { saleBody } from '#test/support/venue-builders.ts'
import { type Deed, deed, signDeed } from './burst.ts'
import { gather } from './crowd.ts'
import { createScene, type Scene } from './refusal-scene.ts'

const NO_LIMITS = { transactions: 4_096, bytes: 1_048_576, isQuarantined: () => false }

/** Transactions that an honest leader took and the invariants then condemned. */
const condemnedIn = (
  world: World,
  height: number,
  candidates: readonly VerifiedTransaction[],
): readonly string[] => {
  const parentMs = world.nowMs()
  world.advance(1)
  const frame = { height, parentMs, timestampMs: world.nowMs() }
  const built = buildBlock(world.ledger, { ...frame, candidates, limits: NO_LIMITS })
  if (!built.ok) throw new Error(JSON.stringify(built))
  return built.poisonous.map(({ reason }) => reason)
}

const block = fc.record({
  deeds: fc.array(deed, { minLength: 1, maxLength: 12 }),
  pauseMs: fc.constantFrom(0, 0, 0, 3_600_000, 86_400_000, 91 * 86_400_000),
})

const CHANGING = [
  'top_up_person',
  'mandate',
  'mandate',
  'sale_of_person',
  'sale_of_person',
] as const

const BLOCKS = { minLength: 1, maxLength: 8 }
const STEPS = ['hand_on', 'use', 'use', 'issue', 'revoke'] as const
/** Somebody hands on a grant of the bar, sells or issues under it, or ends one. */
type Step = { readonly what: (typeof STEPS)[number]; readonly who: number; readonly amount: number }
const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(...STEPS),
  who: fc.nat({ max: 7 }),
  amount: fc.integer({ min: 1, max: 60 }),
})

type Held = { readonly by: Actor; readonly grant: GrantId }

const signStep = (
  { world, bar, weak }: Scene,
  held: Held[],
  { what, who, amount }: Step,
): VerifiedTransaction => {
  const { by, grant } = held[who % held.length] ?? { by: bar.till, grant: bar.grant }
  const { place, local: asset } = bar
  const acting = { place, grant }
  switch (what) {
    case 'use':
      return world.sign(by, { ...saleBody(bar, [weak], amount), grant })
    case 'issue': {
      const to = { card: weak.id }
      return world.sign(by, { kind: 'issue', ...acting, asset, amount: units(amount), to })
    }
    case 'revoke': {
      const target = held[amount % held.length]?.grant ?? grant
      return world.sign(by, { kind: 'grant.revoke', ...acting, target })
    }
    case 'hand_on': {
      const jti = world.jti()
      const child = actor(`child ${amount}`)
      held.push({ by: child, grant: createdGrantId({ scope: place, jti, index: 0 }) })
      const caps = { transaction: units(amount), day: units(2 * amount), total: units(99) }
      const terms = { grantee: child.key, actions: [...GRANT_ACTIONS], caps }
      return world.sign(by, { kind: 'grant.issue', ...acting, ...terms }, { jti })
    }
  }
}

describe('a block that the rules accept', () => {
  test('passes every invariant, whatever honest people do', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 10 }), (blocks) => {
        const crowd = gather(createWorld())
        const { world } = crowd
        let height = world.height()
        for (const { deeds, pauseMs } of blocks) {
          world.advance(pauseMs)
          height += 1
          const candidates = deeds.map((each) => signDeed(crowd, each))
          expect(condemnedIn(world, height, candidates)).toEqual([])
        }
      }),
      { numRuns: 60 },
    )
  })

  test('passes them while a holder keeps changing a mandate in use', () => {
    const what = fc.constantFrom<Deed['what'][]>(...CHANGING)
    const changing = fc.record({
      what,
      who: fc.constant(1),
      amount: fc.integer({ min: 1, max: 99 }),
    })
    fc.assert(
      fc.property(fc.array(changing, { minLength: 4, maxLength: 20 }), (deeds) => {
        const crowd = gather(createWorld())
        const { world } = crowd
        const candidates = deeds.map((each) => signDeed(crowd, each))
        expect(condemnedIn(world, world.height() + 1, candidates)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  test('passes them while grants are handed on, used up and revoked', () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), BLOCKS), (blocks) => {
        const scene = createScene()
        const { world, bar } = scene
        let height = world.height()
        const held = [{ by: bar.till, grant: bar.grant }]
        for (const steps of blocks) {
          height += 1
          const candidates = steps.map((each) => signStep(scene, held, each))
          expect(condemnedIn(world, height, candidates)).toEqual([])
          world.advance(steps.length % 4 === 0 ? DAY_MS : 0)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('may widen a mandate, use it and narrow it again', () => {
    const { world, bar, person } = createScene()
    const mandate = (day: number) =>
      world.sign(person.holder, {
        kind: 'mandate.set',
        wallet: person.id,
        to: bar.place,
        caps: { charge: units(day), day: units(day) },
      })
    const sale = (amount: number) =>
      world.sign(bar.till, { ...saleBody(bar, [], amount), payers: [{ wallet: person.id }] })
    const candidates = [mandate(100), sale(80), mandate(50), sale(1)]
    expect(condemnedIn(world, world.height() + 1, candidates)).toEqual([])
    expect(world.available(person.id, bar.local)).toBe(920)
  })
})
