import { units } from '#protocol/amount.ts'
import { walletIdOfKey } from '#protocol/derive.ts'
import { deriveId, type GrantId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { dayOf } from '#protocol/ledger/period.ts'
import { FREEZE_MS_MAX } from '#protocol/limits.ts'
import type { MandateSet, WalletFreeze } from '#protocol/transaction/kinds/wallet.ts'
import { actor } from '#test/support/actors.ts'
import { operatorsTo } from '#test/support/authority-builders.ts'
import { OPERATOR, ROOMY_CAPS } from '#test/support/ledger-builders.ts'
import { saleConsent } from '#test/support/venue-builders.ts'
import { type Attempt, refuses, rightsRows, type Scene, withConsent } from './refusal-scene.ts'

type UnderGrant = (scene: Scene, grant?: GrantId) => Omit<Attempt, 'by'>

const byBar =
  (given: UnderGrant) =>
  (scene: Scene): Attempt => ({ by: scene.bar.owner, ...given(scene) })

const CARLA = actor('Carla')

const opening =
  (key = CARLA.key): UnderGrant =>
  ({ bar: { place } }, grant) => ({
    body: { kind: 'wallet.open', place, key, ...(grant && { grant }) },
    signing: { consents: [{ by: CARLA, agree: { kind: 'wallet.open', place } }] },
  })

refuses('wallet.open', [
  ...rightsRows(opening(), KINDS['wallet.open'].codes),
  ['consent_missing', byBar(opening(actor('Dora').key))],
  [
    'consent_mismatch',
    (scene) => {
      const agree = { kind: 'wallet.open', place: scene.club.place } as const
      const signing = { consents: [{ by: CARLA, agree }] }
      return { by: scene.bar.owner, body: opening()(scene).body, signing }
    },
  ],
  [
    'consent_mismatch',
    (scene) => {
      const agree = saleConsent(scene.bar, scene.secret, 5).agree
      const signing = { consents: [{ by: CARLA, agree }] }
      return { by: scene.bar.owner, body: opening()(scene).body, signing }
    },
  ],
  [
    'wallet_exists',
    (scene) => {
      const id = walletIdOfKey(CARLA.key)
      scene.world.edit('wallet', id, { id, kind: 'person', keys: [] })
      return byBar(opening())(scene)
    },
  ],
  [
    'wallet_key_taken',
    (scene) => {
      scene.world.edit('key', CARLA.key, { key: CARLA.key })
      return byBar(opening())(scene)
    },
  ],
  [
    'wallet_limit_reached',
    (scene) => {
      const { world, bar } = scene
      const name = `wallets/${bar.place}/${dayOf(world.nowMs())}`
      const { walletsPerDay } = world.genesis.parameters
      world.edit('counter', name, { ...world.get('counter', name), value: units(walletsPerDay) })
      return byBar(opening())(scene)
    },
  ],
])

const setting = ({ person, bar }: Scene, changes: Partial<MandateSet> = {}): MandateSet => ({
  kind: 'mandate.set',
  wallet: person.id,
  to: bar.place,
  caps: ROOMY_CAPS,
  ...changes,
})

refuses('mandate.set', [
  ['holder_required', (scene) => ({ by: scene.secret.holder, body: setting(scene) })],
  [
    'place_unknown',
    (scene) => ({
      by: scene.person.holder,
      body: setting(scene, { to: deriveId('plc', 'none') }),
    }),
  ],
  [
    'federation_unknown',
    (scene) => ({
      by: scene.person.holder,
      body: setting(scene, { to: deriveId('fed', 'none') }),
    }),
  ],
  [
    'wallet_kind_not_allowed',
    (scene) => ({
      by: scene.secret.holder,
      body: setting(scene, { wallet: scene.secret.wallet }),
    }),
  ],
])

const revoking = ({ person, bar }: Scene, wallet = person.id): Attempt => ({
  by: person.holder,
  body: { kind: 'mandate.revoke', wallet, to: bar.place },
})

refuses('mandate.revoke', [
  ['holder_required', (scene) => revoking(scene, scene.secret.wallet)],
  [
    'wallet_kind_not_allowed',
    (scene) => ({ ...revoking(scene, scene.secret.wallet), by: scene.secret.holder }),
  ],
  ['mandate_missing', (scene) => revoking(scene)],
  [
    'mandate_expired',
    (scene) => {
      scene.world.must(scene.person.holder, setting(scene))
      scene.world.must(scene.person.holder, revoking(scene).body)
      return revoking(scene)
    },
  ],
])

const NEW_KEY = actor('Bea anew')

const rotating = (
  { person }: Scene,
  { wallet = person.id, by = person.holder, agreed = person.id } = {},
): Attempt => ({
  by,
  body: { kind: 'wallet.rotate', wallet, key: NEW_KEY.key },
  signing: { consents: [{ by: NEW_KEY, agree: { kind: 'wallet.rotate', wallet: agreed } }] },
})

refuses('wallet.rotate', [
  ['holder_required', (scene) => rotating(scene, { wallet: scene.bar.wallet })],
  ['consent_missing', (scene) => ({ ...rotating(scene), signing: {} })],
  ['consent_mismatch', (scene) => rotating(scene, { agreed: scene.bar.wallet })],
  [
    'wallet_kind_not_allowed',
    (scene) => {
      const { wallet, holder: by } = scene.secret
      return rotating(scene, { wallet, by, agreed: wallet })
    },
  ],
  [
    'wallet_key_taken',
    (scene) => {
      scene.world.edit('key', NEW_KEY.key, { key: NEW_KEY.key })
      return rotating(scene)
    },
  ],
])

const freezing = ({ world, person }: Scene, changes: Partial<WalletFreeze> = {}): Attempt => ({
  by: person.holder,
  body: {
    kind: 'wallet.freeze',
    wallet: person.id,
    untilMs: world.nowMs() + 60_000,
    ...changes,
  },
})

const holding = (scene: Scene, wallet = scene.person.id): Attempt => {
  const body = { kind: 'wallet.freeze', wallet, legalHold: true } as const
  return withConsent({ by: OPERATOR, body }, operatorsTo(body))
}

refuses('wallet.freeze', [
  ['authority_required', (scene) => ({ ...holding(scene), by: scene.person.holder })],
  ['holder_required', (scene) => freezing(scene, { wallet: scene.bar.wallet })],
  ['consent_missing', (scene) => ({ ...holding(scene), signing: {} })],
  [
    'consent_mismatch',
    (scene) => {
      const other = { kind: 'wallet.freeze', wallet: scene.bar.wallet, legalHold: true } as const
      return withConsent(holding(scene), operatorsTo(other))
    },
  ],
  ['wallet_unknown', (scene) => holding(scene, deriveId('wal', 'none'))],
  [
    'wallet_kind_not_allowed',
    (scene) => ({
      ...freezing(scene, { wallet: scene.secret.wallet }),
      by: scene.secret.holder,
    }),
  ],
  ['freeze_not_longer', (scene) => freezing(scene, { untilMs: scene.world.nowMs() })],
  [
    'freeze_not_longer',
    (scene) => {
      const { by, body } = freezing(scene)
      scene.world.must(by, body)
      return { by, body }
    },
  ],
  [
    'freeze_too_long',
    (scene) => freezing(scene, { untilMs: scene.world.nowMs() + FREEZE_MS_MAX + 60_000 }),
  ],
])

refuses(
  'payment.cancel',
  rightsRows(
    ({ bar: { place } }, grant) => ({ body: { kind: 'payment.cancel', place, grant } }),
    KINDS['payment.cancel'].codes,
  ),
)
