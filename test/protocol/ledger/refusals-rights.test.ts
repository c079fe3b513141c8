import { units } from '#protocol/amount.ts'
import { walletIdOfKey } from '#protocol/derive.ts'
import { deriveId, type GrantId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import { GRANT_ACTIONS, type GrantIssue } from '#protocol/transaction/kinds/grant.ts'
import { actor, peerId } from '#test/support/actors.ts'
import { GATEWAY, OPERATOR } from '#test/support/ledger-builders.ts'
import { createAsset, issueGrant, referenceOf, registration } from '#test/support/venue-builders.ts'
import {
  type Attempt,
  type Row,
  refuses,
  rightsRows,
  type Scene,
  tillWith,
} from './refusal-scene.ts'

const NEWCOMER = 'Newcomer'

const register = (
  { world }: Scene,
  { by = OPERATOR, changes = {}, agree = {} }: RegisterChanges = {},
): Attempt => {
  const { body, consents } = registration(world, NEWCOMER, changes)
  const [consent] = consents
  if (consent?.agree.kind !== 'place.register') throw new Error('no consent')
  const signing = { consents: [{ ...consent, agree: { ...consent.agree, ...agree } }] }
  return { by, body, signing }
}
type RegisterChanges = {
  readonly by?: Attempt['by']
  readonly changes?: Parameters<typeof registration>[2]
  readonly agree?: Partial<Extract<Agreement, { kind: 'place.register' }>>
}

/** Every term of a registration, agreed to otherwise. */
const TERMS: readonly ((scene: Scene) => NonNullable<RegisterChanges['agree']>)[] = [
  () => ({ authority: GATEWAY.key }),
  () => ({ nodes: [peerId('elsewhere')] }),
  () => ({ nodes: [peerId(NEWCOMER), peerId('elsewhere')] }),
  () => ({ federation: undefined }),
  () => ({ federation: deriveId('fed', 'another') }),
  () => ({ accepts: [] }),
  ({ world, bar }) => ({ accepts: [bar.local, world.euro] }),
  () => ({ debitOrder: ['federated', 'gift', 'local', 'external'] }),
  () => ({ payoutReference: referenceOf('an account') }),
]

refuses('place.register', [
  ['authority_required', (scene) => register(scene, { by: GATEWAY })],
  ['place_exists', ({ world }) => ({ by: OPERATOR, ...bodyOf(registration(world, 'Bar')) })],
  [
    'federation_unknown',
    (scene) => register(scene, { changes: { federation: deriveId('fed', 'none') } }),
  ],
  [
    'federation_admin_required',
    (scene) => {
      const federation = scene.world.get('federation', scene.world.federation)
      scene.world.edit('federation', federation.id, { ...federation, admins: [GATEWAY.key] })
      return register(scene)
    },
  ],
  ['consent_missing', (scene) => ({ ...register(scene), signing: {} })],
  ['consent_mismatch', (scene) => register(scene, { agree: { name: 'Another name' } })],
  ...TERMS.map(
    (agree): Row => [
      'consent_mismatch',
      (scene) => register(scene, { agree: agree(scene), changes: { accepts: [scene.bar.local] } }),
    ],
  ),
  ['asset_unknown', (scene) => register(scene, { changes: { accepts: [deriveId('ast', 'no')] } })],
  ['asset_not_accepted', (scene) => register(scene, { changes: { accepts: [scene.world.medal] } })],
  [
    'asset_not_accepted',
    (scene) => {
      const asset = createAsset(scene.world, scene.bar, { code: 'MINE' })
      return register(scene, { changes: { accepts: [asset] } })
    },
  ],
  [
    'wallet_exists',
    (scene) => {
      const key = actor(NEWCOMER).key
      const id = walletIdOfKey(key)
      scene.world.edit('wallet', id, { id, kind: 'person', keys: [] })
      return register(scene)
    },
  ],
  [
    'wallet_key_taken',
    (scene) => {
      const key = actor(NEWCOMER).key
      scene.world.edit('key', key, { key })
      return register(scene)
    },
  ],
])

function bodyOf({ body, consents }: ReturnType<typeof registration>): Omit<Attempt, 'by'> {
  return { body, signing: { consents } }
}

const issuing =
  (changes: Partial<GrantIssue> = {}) =>
  ({ bar }: Scene, grant?: GrantId): { readonly body: GrantIssue } => ({
    body: {
      kind: 'grant.issue',
      place: bar.place,
      ...(grant && { grant }),
      grantee: actor('Temp').key,
      actions: [...GRANT_ACTIONS],
      caps: {},
      ...changes,
    },
  })

/** Of a parent bounded in every dimension, children that step out of one. */
const beyond = (scene: Scene): Partial<GrantIssue>[] => {
  const { world, bar } = scene
  const inside: Partial<GrantIssue> = {
    actions: ['sale', 'grant.issue'],
    assets: [bar.local],
    till: 'one',
    caps: {
      transaction: units(10),
      day: units(20),
      total: units(30),
      refundDay: units(5),
    },
    notBeforeMs: world.nowMs() - 1000,
    notAfterMs: world.nowMs() + 60_000,
  }
  const { assets: _, ...withoutAssets } = inside
  const { till: __, ...withoutTill } = inside
  const { notAfterMs: ___, ...withoutEnd } = inside
  return [
    inside,
    { ...inside, actions: ['sale', 'refund'] },
    { ...inside, assets: [bar.local, bar.gift] },
    withoutAssets,
    withoutTill,
    { ...inside, till: 'two' },
    { ...inside, caps: { ...inside.caps, transaction: units(11) } },
    { ...inside, caps: { ...inside.caps, day: units(21) } },
    { ...inside, caps: { ...inside.caps, total: units(31) } },
    { ...inside, caps: { ...inside.caps, refundDay: units(6) } },
    { ...inside, caps: {} },
    { ...inside, notBeforeMs: world.nowMs() - 2000 },
    { ...inside, notAfterMs: world.nowMs() + 60_001 },
    withoutEnd,
  ]
}

refuses('grant.issue', [
  ...rightsRows(issuing(), KINDS['grant.issue'].codes),
  ...Array.from({ length: 13 }, (_, index) => {
    const given = (scene: Scene): Attempt => {
      const [inside = {}, ...outside] = beyond(scene)
      const { by, grant } = tillWith(scene, inside)
      return { by, ...issuing(outside[index] ?? {})(scene, grant) }
    }
    return ['grant_exceeds_parent', given] as const
  }),
  [
    'grant_depth_exceeded',
    (scene) => {
      const { world, bar } = scene
      let by = bar.till
      let { grant } = bar
      for (const name of ['second', 'third', 'fourth']) {
        const next = actor(name)
        grant = issueGrant(world, bar, { grantee: next.key, grant }, by)
        by = next
      }
      return { by, ...issuing()(scene, grant) }
    },
  ],
  [
    'asset_unknown',
    (scene) => ({
      by: scene.bar.owner,
      ...issuing({ assets: [deriveId('ast', 'none')] })(scene),
    }),
  ],
])

refuses('grant.revoke', [
  ...rightsRows(({ bar }, grant) => {
    return { body: { kind: 'grant.revoke', place: bar.place, grant, target: grant } }
  }, KINDS['grant.revoke'].codes),
  [
    'grant_unknown',
    ({ bar, club }) => ({
      by: bar.owner,
      body: { kind: 'grant.revoke', place: bar.place, target: club.grant },
    }),
  ],
  [
    'grant_unknown',
    (scene) => {
      const { place, grant: sibling } = scene.bar
      const { by, grant } = tillWith(scene, {})
      return { by, body: { kind: 'grant.revoke', place, grant, target: sibling } }
    },
  ],
])
