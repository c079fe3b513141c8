import { expect, test } from 'vitest'
import { AMOUNT_MAX, units } from '#protocol/amount.ts'
import { deriveId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Badge, MembershipSet } from '#protocol/transaction/kinds/presence.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import { badgeOf, membershipOf, registerBody } from '#test/support/venue-builders.ts'
import {
  type Attempt,
  createScene,
  markReplaced,
  type Row,
  refuses,
  rightsRows,
  type Scene,
  tillWith,
} from './refusal-scene.ts'

const BLANK = deriveId('crd', 'blank')

const joining = (scene: Scene, changes: Partial<MembershipSet> = {}): Attempt => ({
  by: scene.bar.owner,
  body: {
    kind: 'membership.set',
    place: scene.bar.place,
    asset: changes.asset ?? membershipOf(scene.world, scene.bar),
    to: { card: scene.weak.id },
    ...changes,
  },
})

const badging = (scene: Scene, changes: Partial<Badge> = {}): Attempt => ({
  by: scene.bar.owner,
  body: {
    kind: 'badge',
    place: scene.bar.place,
    asset: changes.asset ?? badgeOf(scene.world, scene.bar),
    who: { card: scene.weak.id },
    direction: 'in',
    ...changes,
  },
})

/** Whoever cannot be meant. */
const payerRows = (attempt: (scene: Scene, payer: Payer) => Attempt): Row[] => [
  ['card_unknown', (scene) => attempt(scene, { card: deriveId('crd', 'none') })],
  [
    'card_not_active',
    (scene) => {
      const { world, bar } = scene
      world.must(bar.owner, registerBody(world, bar.place, { cards: [BLANK] }))
      return attempt(scene, { card: BLANK })
    },
  ],
  [
    'card_blocked',
    (scene) => {
      const { owner, place } = scene.bar
      scene.world.must(owner, { kind: 'card.block', place, card: scene.weak.id })
      return attempt(scene, { card: scene.weak.id })
    },
  ],
  [
    'card_replaced',
    (scene) => {
      markReplaced(scene, scene.weak)
      return attempt(scene, { card: scene.weak.id })
    },
  ],
  ['wallet_unknown', (scene) => attempt(scene, { wallet: deriveId('wal', 'none') })],
  ['wallet_kind_not_allowed', (scene) => attempt(scene, { wallet: scene.weak.wallet })],
]

const archived = ({ world }: Scene, asset: Badge['asset']): Badge['asset'] => {
  world.edit('asset', asset, { ...world.get('asset', asset), archived: true })
  return asset
}

refuses('membership.set', [
  ...rightsRows((scene, grant) => joining(scene, { grant }), KINDS['membership.set'].codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { ...joining(scene, { grant }), by }
    },
  ],
  ['asset_unknown', (scene) => joining(scene, { asset: deriveId('ast', 'none') })],
  [
    'asset_archived',
    (scene) => joining(scene, { asset: archived(scene, membershipOf(scene.world, scene.bar)) }),
  ],
  ['asset_category_not_allowed', (scene) => joining(scene, { asset: scene.bar.local })],
  [
    'asset_not_accepted',
    (scene) => joining(scene, { asset: membershipOf(scene.world, scene.club) }),
  ],
  ...payerRows((scene, to) => joining(scene, { to })),
  [
    'total_limit_reached',
    (scene) => {
      const attempt = joining(scene, { amount: units(AMOUNT_MAX) })
      scene.world.must(attempt.by, attempt.body)
      return attempt
    },
  ],
])

refuses('badge', [
  ...rightsRows((scene, grant) => badging(scene, { grant }), KINDS.badge.codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { ...badging(scene, { grant }), by }
    },
  ],
  ['asset_unknown', (scene) => badging(scene, { asset: deriveId('ast', 'none') })],
  [
    'asset_archived',
    (scene) => badging(scene, { asset: archived(scene, badgeOf(scene.world, scene.bar)) }),
  ],
  ['asset_category_not_allowed', (scene) => badging(scene, { asset: scene.bar.local })],
  ['asset_not_issued_here', (scene) => badging(scene, { asset: badgeOf(scene.world, scene.club) })],
  ...payerRows((scene, who) => badging(scene, { who })),
  [
    'badge_already_in',
    (scene) => {
      const attempt = badging(scene)
      scene.world.must(attempt.by, attempt.body)
      return attempt
    },
  ],
  ['badge_not_in', (scene) => badging(scene, { direction: 'out' })],
])

test('a badge adds up visits and time', () => {
  const scene = createScene()
  const { world, bar, weak } = scene
  const asset = badgeOf(world, bar)
  const go = (direction: Badge['direction']) => {
    const { by, body } = badging(scene, { asset, direction })
    return world.must(by, body).facts
  }
  expect(go('in')).toEqual({ visits: 1 })
  world.advance(999)
  expect(go('out')).toEqual({ stayedMs: 1000 })
  expect(go('in')).toEqual({ visits: 2 })
  world.advance(499)
  expect(go('out')).toEqual({ stayedMs: 500 })
  expect(world.get('presence', `${weak.wallet}/${asset}/${bar.place}`)).toEqual({
    wallet: weak.wallet,
    asset,
    place: bar.place,
    totalMs: 1500,
    visits: 2,
  })
})

test('a membership may be set of another place whose memberships are accepted', () => {
  const scene = createScene()
  const { world, bar, club, weak } = scene
  const asset = membershipOf(world, bar)
  world.edit('asset', asset, { ...world.get('asset', asset), federations: [world.federation] })
  const place = world.get('place', club.place)
  world.edit('place', club.place, { ...place, accepts: [...place.accepts, asset] })
  const { body } = joining(scene, { asset, place: club.place, amount: units(7) })
  world.must(club.owner, body)
  expect(world.get('membership', `${weak.wallet}/${asset}`)).toMatchObject({ contributions: 7 })
})
