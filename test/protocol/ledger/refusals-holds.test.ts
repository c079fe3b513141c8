import { units } from '#protocol/amount.ts'
import { deriveId, type GrantId, type HoldId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { OPEN_HOLDS_PER_BENEFICIARY_MAX, OPEN_HOLDS_PER_WALLET_MAX } from '#protocol/limits.ts'
import { type HoldOpen, OpenPurpose } from '#protocol/transaction/kinds/hold.ts'
import { actor } from '#test/support/actors.ts'
import { dynamicCard, tap } from '#test/support/card-builders.ts'
import { AT_ORIGIN_ONLY, registerBody, weakCard } from '#test/support/venue-builders.ts'
import {
  allowLeases,
  forbidLeases,
  HOLD_KEY,
  HOUR_MS,
  holdConsent,
  openedHold,
  opening,
} from './hold-builders.ts'
import {
  type Attempt,
  editCard,
  fillTotals,
  freeze,
  holdLegally,
  limitCards,
  markReplaced,
  type Row,
  refuses,
  rightsRows,
  type Scene,
  setMandate,
  tillWith,
  withConsent,
  withoutWeakCards,
} from './refusal-scene.ts'

const NO_HOLD = deriveId('hld', 'none')
const BLANK = deriveId('crd', 'blank')

/** As many open holds of others as the weak card's wallet may have, beside those of the bar. */
const fillHolds = ({ world, weak }: Scene): void => {
  const wallet = world.get('wallet', weak.wallet)
  const others = Array.from({ length: OPEN_HOLDS_PER_WALLET_MAX }, (_, n) =>
    deriveId('hld', `${n}`),
  )
  const holds = [...(wallet.holds ?? []), ...others].slice(0, OPEN_HOLDS_PER_WALLET_MAX)
  world.edit('wallet', wallet.id, { ...wallet, holds })
}

const toSecret = (scene: Scene, changes: Parameters<typeof holdConsent>[2]): Attempt =>
  withConsent(
    opening(scene, { payer: { card: scene.secret.id } }),
    holdConsent(scene, scene.secret.holder, changes),
  )

const toPerson = (scene: Scene): Attempt => opening(scene, { payer: { wallet: scene.person.id } })

const lease = (scene: Scene, changes: Partial<HoldOpen> = {}): Attempt => {
  allowLeases(scene, { cap: 300, durationMs: HOUR_MS })
  return opening(scene, { purpose: 'lease', ...changes })
}

refuses('hold.open', [
  ...rightsRows((scene, grant) => opening(scene, { grant }), KINDS['hold.open'].codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { ...opening(scene, { grant }), by }
    },
  ],
  ['card_consent_missing', (scene) => opening(scene, { payer: { card: scene.secret.id } })],
  [
    'card_consent_missing',
    (scene) =>
      withConsent(
        opening(scene, { payer: { card: scene.secret.id } }),
        holdConsent(scene, scene.bar.till, {}),
      ),
  ],
  ['holder_consent_missing', toPerson],
  ['consent_mismatch', (scene) => toSecret(scene, { max: units(99) })],
  ['consent_mismatch', (scene) => toSecret(scene, { asset: scene.bar.gift })],
  ['consent_mismatch', (scene) => toSecret(scene, { place: scene.club.place })],
  ['consent_mismatch', (scene) => toSecret(scene, { releaseAtMs: scene.world.nowMs() + 1 })],
  ['consent_mismatch', (scene) => toSecret(scene, { purpose: 'preauthorisation' })],
  [
    'consent_mismatch',
    (scene) =>
      withConsent(
        opening(scene, { payer: { card: scene.secret.id }, graceMs: 1 }),
        holdConsent(scene, scene.secret.holder, {}),
      ),
  ],
  [
    'card_counter_replayed',
    (scene) => {
      const card = dynamicCard(scene.world, scene.bar, 'Tapped')
      editCard(scene, card, { counter: 5 })
      return withConsent(opening(scene, { payer: { card: card.id } }), tap(scene.bar, card))
    },
  ],
  ['asset_unknown', (scene) => opening(scene, { asset: deriveId('ast', 'none') })],
  [
    'asset_archived',
    (scene) => {
      const { world, bar } = scene
      world.edit('asset', bar.local, { ...world.get('asset', bar.local), archived: true })
      return opening(scene)
    },
  ],
  ['asset_category_not_allowed', (scene) => opening(scene, { asset: scene.world.medal })],
  ['asset_not_accepted', (scene) => opening(scene, { asset: scene.club.local })],
  ['card_unknown', (scene) => opening(scene, { payer: { card: deriveId('crd', 'none') } })],
  [
    'card_not_active',
    (scene) => {
      const { world, bar } = scene
      const changes = { batch: 'blank', strength: 'weak' as const, cards: [BLANK] }
      world.must(bar.owner, registerBody(world, bar.place, changes))
      return opening(scene, { payer: { card: BLANK } })
    },
  ],
  [
    'card_blocked',
    (scene) => {
      const { owner, place } = scene.bar
      scene.world.must(owner, { kind: 'card.block', place, card: scene.weak.id })
      return opening(scene)
    },
  ],
  [
    'card_replaced',
    (scene) => {
      markReplaced(scene, scene.weak)
      return opening(scene)
    },
  ],
  [
    'card_not_accepted',
    (scene) => {
      withoutWeakCards(scene)
      const { owner: by, place } = scene.club
      return { ...opening(scene, { place }), by }
    },
  ],
  ['wallet_unknown', (scene) => opening(scene, { payer: { wallet: deriveId('wal', 'none') } })],
  [
    'wallet_kind_not_allowed',
    (scene) => opening(scene, { payer: { wallet: scene.secret.wallet } }),
  ],
  [
    'wallet_frozen',
    (scene) => {
      freeze(scene, scene.weak.wallet)
      return opening(scene)
    },
  ],
  [
    'wallet_on_legal_hold',
    (scene) => {
      holdLegally(scene, scene.weak.wallet)
      return opening(scene)
    },
  ],
  ['hold_over', (scene) => opening(scene, { expiresAtMs: scene.world.nowMs() + 1 })],
  [
    'hold_limit_reached',
    (scene) => {
      fillHolds(scene)
      return opening(scene, { cap: units(1) })
    },
  ],
  [
    'hold_limit_reached',
    (scene) => {
      for (let count = 0; count < OPEN_HOLDS_PER_BENEFICIARY_MAX; count++) {
        openedHold(scene, { cap: units(1) })
      }
      return opening(scene, { cap: units(1) })
    },
  ],
  ...OpenPurpose.options.map(
    (purpose): Row => [
      'lease_not_allowed',
      (scene) => {
        const attempt = opening(scene, { purpose })
        forbidLeases(scene)
        return attempt
      },
    ],
  ),
  [
    'hold_too_long',
    ({ world, ...scene }) => {
      const { place } = world.get('network', 'network').parameters.validityMs
      return opening({ world, ...scene }, { expiresAtMs: world.nowMs() + 2 + place })
    },
  ],
  ['hold_too_long', (scene) => lease(scene, { expiresAtMs: scene.world.nowMs() + 25 * HOUR_MS })],
  [
    'mandate_missing',
    (scene) => {
      const { world, bar, club } = scene
      const { id: card } = weakCard(world, bar, 'Alone', AT_ORIGIN_ONLY)
      const { place, owner: by, local: asset } = club
      allowLeases({ ...scene, bar: club }, { cap: 300, durationMs: HOUR_MS })
      return { ...opening(scene, { place, asset, payer: { card } }), by }
    },
  ],
  [
    'mandate_expired',
    (scene) => {
      setMandate(scene, scene.weak.wallet, { notAfterMs: scene.world.nowMs() + 1 })
      return opening(scene)
    },
  ],
  [
    'mandate_cap_exceeded',
    (scene) => {
      setMandate(scene, scene.weak.wallet, { caps: { charge: units(99), day: units(500) } })
      return opening(scene)
    },
  ],
  [
    'mandate_cap_exceeded',
    (scene) => {
      setMandate(scene, scene.weak.wallet, { caps: { charge: units(100), day: units(199) } })
      openedHold(scene)
      return opening(scene)
    },
  ],
  [
    'card_limit_exceeded',
    (scene) => {
      limitCards(scene, 'weak', { charge: 100, day: 199 })
      openedHold(scene)
      return opening(scene)
    },
  ],
  [
    'grant_cap_exceeded',
    (scene) => {
      const { by, grant } = tillWith(scene, { caps: { transaction: units(99) } })
      return { ...opening(scene, { grant }), by }
    },
  ],
  ['lease_limit_exceeded', (scene) => lease(scene, { cap: units(301) })],
  ...(['tab', 'preauthorisation'] as const).map(
    (purpose): Row => [
      'lease_limit_exceeded',
      (scene) => {
        allowLeases(scene, { cap: 300, durationMs: HOUR_MS })
        openedHold(scene, { purpose, cap: units(201) })
        return opening(scene, { purpose })
      },
    ],
  ),
  [
    'lease_limit_exceeded',
    (scene) => {
      allowLeases(scene, { cap: 300, durationMs: HOUR_MS })
      openedHold(scene, { purpose: 'lease', cap: units(201) })
      return lease(scene)
    },
  ],
  [
    'lease_limit_exceeded',
    (scene) => lease(scene, { expiresAtMs: scene.world.nowMs() + HOUR_MS + 2 }),
  ],
  ['insufficient_funds', (scene) => opening(scene, { cap: units(1001) })],
])

const capturing = (scene: Scene, hold: HoldId, amount = 10): Attempt => ({
  by: HOLD_KEY,
  body: { kind: 'hold.capture', place: scene.bar.place, hold, amount: units(amount) },
})

const splitting = (scene: Scene, hold: HoldId, cap = 10): Attempt => ({
  by: HOLD_KEY,
  body: {
    kind: 'hold.split',
    place: scene.bar.place,
    hold,
    key: actor('tablet').key,
    cap: units(cap),
  },
})

const releasing = (scene: Scene, hold: HoldId, grant?: GrantId): Attempt => ({
  by: grant === undefined ? scene.bar.owner : scene.bar.till,
  body: { kind: 'hold.release', place: scene.bar.place, hold, ...(grant && { grant }) },
})

const closed = (scene: Scene): HoldId => {
  const hold = openedHold(scene)
  const { owner, place } = scene.bar
  scene.world.must(owner, { kind: 'hold.release', place, hold })
  return hold
}

/** A hold at its very end, which the same block closed or did not sweep. */
const over = (scene: Scene): HoldId => {
  const { world } = scene
  const hold = openedHold(scene, { expiresAtMs: world.nowMs() + HOUR_MS })
  world.edit('hold', hold, { ...world.get('hold', hold), expiresAtMs: world.nowMs() })
  return hold
}

const ofKey = (
  attempt: (scene: Scene, hold: HoldId, amount?: number) => Attempt,
): readonly Row[] => [
  ['hold_closed', (scene) => attempt(scene, closed(scene))],
  [
    'hold_closed',
    (scene) => {
      const hold = openedHold(scene)
      const { by, body } = capturing(scene, hold, 100)
      scene.world.must(by, body)
      return attempt(scene, hold)
    },
  ],
  ['hold_over', (scene) => attempt(scene, over(scene))],
]

refuses('hold.capture', [
  ...ofKey(capturing),
  [
    'hold_cap_exceeded',
    (scene) => {
      const hold = openedHold(scene)
      const { by, body } = capturing(scene, hold, 60)
      scene.world.must(by, body)
      return capturing(scene, hold, 41)
    },
  ],
  [
    'total_limit_reached',
    (scene) => {
      const hold = openedHold(scene)
      fillTotals(scene.world, scene.bar.wallet, scene.bar.local)
      return capturing(scene, hold)
    },
  ],
])

refuses('hold.split', [
  ...ofKey(splitting),
  [
    'hold_limit_reached',
    (scene) => {
      const hold = openedHold(scene)
      fillHolds(scene)
      return splitting(scene, hold)
    },
  ],
  [
    'hold_limit_reached',
    (scene) => {
      const hold = openedHold(scene)
      for (let count = 1; count < OPEN_HOLDS_PER_BENEFICIARY_MAX; count++) {
        const { by, body } = splitting(scene, hold, 1)
        scene.world.must(by, body)
      }
      return splitting(scene, hold, 1)
    },
  ],
  ['hold_cap_exceeded', (scene) => splitting(scene, openedHold(scene), 101)],
])

refuses('hold.release', [
  ...rightsRows(
    (scene, grant) => releasing(scene, openedHold(scene), grant),
    KINDS['hold.release'].codes,
  ),
  ['hold_unknown', (scene) => releasing(scene, NO_HOLD)],
  [
    'hold_unknown',
    (scene) => {
      const { club } = scene
      const hold = openedHold(scene)
      return { by: club.owner, body: { kind: 'hold.release', place: club.place, hold } }
    },
  ],
  [
    'hold_purpose_not_allowed',
    ({ world, ...scene }) => {
      const hold = openedHold({ world, ...scene })
      world.edit('hold', hold, { ...world.get('hold', hold), purpose: 'payout' })
      return releasing({ world, ...scene }, hold)
    },
  ],
  ['hold_closed', (scene) => releasing(scene, closed(scene))],
])
