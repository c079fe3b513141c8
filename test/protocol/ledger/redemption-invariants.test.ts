import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { checkClearings } from '#protocol/ledger/invariants/clearings.ts'
import { checkTopUps } from '#protocol/ledger/invariants/topups.ts'
import { touchedIn } from '#protocol/ledger/touched.ts'
import type { FamilyName, Records } from '#protocol/state/families.ts'
import { claimedCard, link } from '#test/support/card-builders.ts'
import { GATEWAY, OPERATOR, type World } from '#test/support/ledger-builders.ts'
import { holdIn, refundBody, refundConsent } from '#test/support/redemption-builders.ts'
import { referenceOf } from '#test/support/venue-builders.ts'
import { createScene, type Scene } from './refusal-scene.ts'

/** The invariant that breaks when a record is put in the place of another. */
const brokenBy = <F extends FamilyName>(
  { world }: Scene,
  family: F,
  [before, after]: readonly [before: Records[F], after: Records[F] | undefined],
): string | undefined => {
  const { state } = world.ledger
  const key = 'tampered'
  world.edit(family, key, before)
  state.beginBlock()
  if (after === undefined) state.remove(family, key)
  else state.put(family, key, after)
  const found = checkTopUps(touchedIn(state), world.nowMs())
  state.abandonBlock()
  return found?.invariant
}

const topUpIn = ({ world, person }: Scene): Records['topup'] => ({
  asset: world.euro,
  reference: referenceOf('intent'),
  wallet: person.id,
  amount: units(100),
  returned: units(40),
})

const correctionIn = ({ world, bar, person }: Scene): Records['correction'] => ({
  id: world.jti(),
  scope: OPERATOR.key,
  asset: bar.local,
  from: person.id,
  to: bar.wallet,
  amount: units(10),
  reason: referenceOf('why'),
  dueMs: world.nowMs() + 60_000,
  status: 'published',
})

describe('of a top-up', () => {
  test('at most all goes back', () => {
    const scene = createScene()
    const topup = topUpIn(scene)
    const all = { ...topup, returned: units(100) }
    expect(brokenBy(scene, 'topup', [topup, all])).toBeUndefined()
    const more = { ...topup, returned: units(101) }
    expect(brokenBy(scene, 'topup', [topup, more])).toBe('returned_within_topup')
  })

  test('neither the amount nor the wallet changes, nor is it forgotten', () => {
    const scene = createScene()
    const topup = topUpIn(scene)
    const rows = [
      { ...topup, amount: units(99) },
      { ...topup, wallet: scene.bar.wallet },
      undefined,
    ]
    for (const after of rows) {
      expect(brokenBy(scene, 'topup', [topup, after])).toBe('topup_stays')
    }
  })
})

describe('a correction', () => {
  test('takes effect when it is due at the earliest', () => {
    const scene = createScene()
    const published = correctionIn(scene)
    const executed = { ...published, status: 'executed' } as const
    expect(brokenBy(scene, 'correction', [published, executed])).toBe('correction_when_due')
    const withdrawn = { ...published, status: 'withdrawn' } as const
    expect(brokenBy(scene, 'correction', [published, withdrawn])).toBeUndefined()
    scene.world.advance(60_000)
    expect(brokenBy(scene, 'correction', [published, executed])).toBeUndefined()
  })

  test('ends once', () => {
    const scene = createScene()
    const withdrawn = { ...correctionIn(scene), status: 'withdrawn' } as const
    const published = { ...withdrawn, status: 'published' } as const
    expect(brokenBy(scene, 'correction', [withdrawn, published])).toBe('correction_ends_once')
    expect(brokenBy(scene, 'correction', [published, undefined])).toBe('correction_ends_once')
  })
})

describe('a clearing', () => {
  /** The bar gave up so much of the club's money, the club so much of the bar's, of which some was paid. */
  const settled = (
    { world, bar, club }: Scene,
    [given, taken, paid]: readonly [given: number, taken: number, paid: number],
  ): LedgerEvent => ({
    height: 1,
    index: 0,
    timeMs: world.nowMs(),
    kind: 'clearing.settle',
    id: world.jti(),
    scope: bar.place,
    place: bar.place,
    outcome: 'applied',
    movements: [
      { wallet: bar.wallet, asset: club.local, change: -given },
      { wallet: club.wallet, asset: bar.local, change: -taken },
    ],
    created: [],
    legs: [{ wallet: club.wallet, asset: bar.local, amount: paid }],
  })

  test.each([
    [[50, 50, 0], undefined],
    [[50, 70, 20], undefined],
    [[50, 51, 0], 'net_position_stays'],
    [[50, 70, 21], 'net_position_stays'],
    [[51, 70, 20], 'net_position_stays'],
  ] as const)('of given, taken and paid %j', (amounts, expected) => {
    const scene = createScene()
    const found = checkClearings(scene.world.ledger.state, [settled(scene, amounts)])
    expect(found?.invariant).toBe(expected)
  })
})

describe("a top-up of a card that was linked meanwhile is the person's", () => {
  const intent = referenceOf('intent')

  const create = () => {
    const { world, bar, person } = createScene()
    const card = claimedCard(world, bar, 'Linked')
    const to = { card: card.id }
    const issue = { kind: 'issue', asset: world.euro, amount: units(500), to } as const
    world.must(GATEWAY, { ...issue, reference: intent })
    link(world, card, person)
    return { world, person, card }
  }

  const euroOf = (world: World, wallet: string) => {
    const { available, held } = world.get('balance', `${wallet}/${world.euro}`)
    return { available, held }
  }

  test('to give back', () => {
    const { world, person, card } = create()
    const consent = (by: typeof person.holder) => ({
      consents: [refundConsent(world, by, { reference: intent, max: 500 })],
    })
    const body = refundBody(world, intent, 200)
    expect(world.apply(GATEWAY, body, consent(card.holder)).outcome).toBe('holder_consent_missing')
    const hold = holdIn(world.must(GATEWAY, body, consent(person.holder)))
    expect(world.get('hold', hold).owner).toBe(person.id)
    expect(euroOf(world, person.id)).toEqual({ available: 300, held: 200 })
  })

  test('to lose when the payment is taken back', () => {
    const { world, person } = create()
    const reversal = { kind: 'reverse', asset: world.euro, reference: intent } as const
    const event = world.must(GATEWAY, {
      ...reversal,
      chargeback: referenceOf('chargeback'),
      amount: units(500),
    })
    expect(event.facts).toBeUndefined()
    expect(euroOf(world, person.id)).toEqual({ available: 0, held: 0 })
  })
})
