import { describe, expect, test } from 'vitest'
import { AMOUNT_MAX, units } from '#protocol/amount.ts'
import { deriveId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { ASSETS_PER_CARD_MAX } from '#protocol/limits.ts'
import type { Badge, MembershipSet } from '#protocol/transaction/kinds/presence.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import { claimedCard, link } from '#test/support/card-builders.ts'
import {
  AT_ORIGIN_ONLY,
  badgeOf,
  DAY_MS,
  membershipOf,
  registerBody,
  saleBody,
  saleConsent,
  topUp,
  weakCard,
} from '#test/support/venue-builders.ts'
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

type Attempting = (scene: Scene, payer: Payer) => Attempt

/** Whoever cannot be meant, by the bar, and by the club: `elsewhere`. */
const payerRows = (attempt: Attempting, elsewhere: Attempting): Row[] => [
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
  [
    'card_not_accepted',
    (scene) => {
      const { id } = weakCard(scene.world, scene.bar, 'Alone', AT_ORIGIN_ONLY)
      return elsewhere(scene, { card: id })
    },
  ],
  ['wallet_unknown', (scene) => attempt(scene, { wallet: deriveId('wal', 'none') })],
  ['wallet_kind_not_allowed', (scene) => attempt(scene, { wallet: scene.weak.wallet })],
]

/** As many memberships and badges as a card may have. */
const fillServices = ({ world, weak }: Scene): void => {
  const services = Array.from({ length: ASSETS_PER_CARD_MAX }, (_, number) =>
    deriveId('ast', String(number)),
  )
  world.edit('wallet', weak.wallet, { ...world.get('wallet', weak.wallet), services })
}

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
  ...payerRows(
    (scene, to) => joining(scene, { to }),
    ({ world, club }, to) => ({
      by: club.owner,
      body: { kind: 'membership.set', place: club.place, asset: membershipOf(world, club), to },
    }),
  ),
  [
    'card_asset_limit_reached',
    (scene) => {
      const asset = membershipOf(scene.world, scene.bar)
      fillServices(scene)
      return joining(scene, { asset })
    },
  ],
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
  ...payerRows(
    (scene, who) => badging(scene, { who }),
    ({ world, club }, who) => ({
      by: club.owner,
      body: {
        kind: 'badge',
        place: club.place,
        asset: badgeOf(world, club),
        who,
        direction: 'in',
      },
    }),
  ),
  [
    'badge_already_in',
    (scene) => {
      const attempt = badging(scene)
      scene.world.must(attempt.by, attempt.body)
      return attempt
    },
  ],
  ['badge_not_in', (scene) => badging(scene, { direction: 'out' })],
  [
    'card_asset_limit_reached',
    (scene) => {
      const asset = badgeOf(scene.world, scene.bar)
      fillServices(scene)
      return badging(scene, { asset })
    },
  ],
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

describe('a linked card', () => {
  const create = () => {
    const scene = createScene()
    const { world, bar, person } = scene
    const card = claimedCard(world, bar, 'Linked')
    const membership = membershipOf(world, bar)
    const badge = badgeOf(world, bar)
    const join = (to: MembershipSet['to']) => {
      const { by, body } = joining(scene, { asset: membership, to, amount: units(5) })
      return world.must(by, body)
    }
    const go = (who: Badge['who'], direction: Badge['direction']) => {
      const { by, body } = badging(scene, { asset: badge, who, direction })
      return world.must(by, body)
    }
    return { world, bar, person, card, membership, badge, join, go }
  }

  test('brings its membership and its presence along', () => {
    const { world, bar, person, card, membership, badge, join, go } = create()
    const joined = join({ card: card.id })
    const came = go({ card: card.id }, 'in')
    link(world, card, person)
    expect(world.get('membership', `${person.id}/${membership}`)).toMatchObject({
      untilMs: joined.timeMs + DAY_MS,
      contributions: 5,
    })
    expect(world.ledger.state.get('membership', `${card.wallet}/${membership}`)).toBeUndefined()
    const gone = go({ card: card.id }, 'out')
    expect(gone.facts).toEqual({ stayedMs: gone.timeMs - came.timeMs })
    expect(world.get('presence', `${person.id}/${badge}/${bar.place}`).visits).toBe(1)
  })

  test("adds what is left of its membership to the person's own", () => {
    const { world, person, card, membership, join, go } = create()
    const own = join({ wallet: person.id })
    const first = go({ wallet: person.id }, 'in')
    go({ card: card.id }, 'in')
    join({ card: card.id })
    world.advance(DAY_MS / 2)
    link(world, card, person)
    const record = world.get('membership', `${person.id}/${membership}`)
    const left = record.untilMs - own.timeMs - DAY_MS
    expect(left).toBeGreaterThan(DAY_MS / 2 - 10)
    expect(left).toBeLessThan(DAY_MS / 2 + 10)
    expect(record.contributions).toBe(10)
    const gone = go({ wallet: person.id }, 'out')
    expect(gone.facts).toEqual({ stayedMs: gone.timeMs - first.timeMs })
  })

  test('lists a membership and new money of one sale, so that a link finds both', () => {
    const { world, bar, person, card, membership } = create()
    topUp(world, bar, { card: card.id, amount: 10 })
    const body = {
      ...saleBody(bar, [card], 10),
      lines: [
        { line: 'membership', asset: membership, amount: units(5) } as const,
        { line: 'topup', asset: bar.gift, amount: units(5) } as const,
      ],
    }
    world.must(bar.till, body, { consents: [saleConsent(bar, card, 10)] })
    link(world, card, person)
    expect(world.available(person.id, bar.gift)).toBe(5)
    expect(world.get('membership', `${person.id}/${membership}`).contributions).toBe(5)
  })
})
