import { deriveId, type GrantId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { FEDERATIONS_PER_PLACE_MAX, INVITATION_MS_MAX } from '#protocol/limits.ts'
import type {
  FederationCreate,
  FederationInvite,
  FederationSet,
} from '#protocol/transaction/kinds/federation.ts'
import type { ParameterChange } from '#protocol/transaction/kinds/parameter.ts'
import { actor } from '#test/support/actors.ts'
import { operatorsTo } from '#test/support/authority-builders.ts'
import { GATEWAY, OPERATOR } from '#test/support/ledger-builders.ts'
import { type Attempt, refuses, rightsRows, type Scene } from './refusal-scene.ts'

const NOBODY = deriveId('fed', 'none')
const ADMIN = actor('admin')
const OTHER = actor('other admin')

const founding = (by = OPERATOR): Attempt & { readonly body: FederationCreate } => ({
  by,
  body: {
    kind: 'federation.create',
    name: 'Quayside',
    admins: [OPERATOR.key, ADMIN.key, OTHER.key],
    weakCards: false,
  },
  signing: {
    consents: [ADMIN, OTHER].map((admin) => ({
      by: admin,
      agree: { kind: 'federation.create', name: 'Quayside' },
    })),
  },
})

refuses('federation.create', [
  ['authority_required', () => founding(GATEWAY)],
  ['consent_missing', () => ({ ...founding(), signing: {} })],
  [
    'consent_missing',
    () => {
      const agree = { kind: 'federation.create', name: 'Another' } as const
      return { ...founding(), signing: { consents: [{ by: ADMIN, agree }] } }
    },
  ],
  [
    'consent_mismatch',
    () => {
      const agree = { kind: 'federation.create', name: 'Another' } as const
      const consents = [ADMIN, OTHER].map((by) => ({ by, agree }))
      return { ...founding(), signing: { consents } }
    },
  ],
])

/** The bar is in no federation. */
const outside = ({ world, bar }: Scene): void => {
  world.edit('place', bar.place, { ...world.get('place', bar.place), federations: [] })
}

const inviting = (
  scene: Scene,
  changes: Partial<FederationInvite> = {},
  by = OPERATOR,
): Attempt & { readonly body: FederationInvite } => ({
  by,
  body: {
    kind: 'federation.invite',
    federation: scene.world.federation,
    target: scene.bar.place,
    untilMs: scene.world.nowMs() + 60_000,
    ...changes,
  },
})

refuses('federation.invite', [
  [
    'place_unknown',
    (scene) => inviting(scene, { target: deriveId('plc', 'none'), federation: NOBODY }),
  ],
  ['federation_unknown', (scene) => inviting(scene, { federation: NOBODY })],
  ['federation_admin_required', (scene) => inviting(scene, {}, GATEWAY)],
  ['federation_joined', (scene) => inviting(scene)],
  [
    'invitation_time_not_allowed',
    (scene) => {
      outside(scene)
      return inviting(scene, { untilMs: scene.world.nowMs() + 1 })
    },
  ],
  [
    'invitation_time_not_allowed',
    (scene) => {
      outside(scene)
      return inviting(scene, { untilMs: scene.world.nowMs() + INVITATION_MS_MAX + 2 })
    },
  ],
])

const accepting = (scene: Scene, grant?: GrantId): Omit<Attempt, 'by'> => ({
  body: {
    kind: 'federation.accept',
    place: scene.bar.place,
    ...(grant && { grant }),
    federation: scene.world.federation,
  },
})

refuses('federation.accept', [
  ...rightsRows(accepting, KINDS['federation.accept'].codes),
  [
    'federation_unknown',
    ({ bar: { owner, place } }) => ({
      by: owner,
      body: { kind: 'federation.accept', place, federation: NOBODY },
    }),
  ],
  ['invitation_unknown', (scene) => ({ by: scene.bar.owner, ...accepting(scene) })],
  [
    'invitation_unknown',
    (scene) => {
      outside(scene)
      const { by, body } = inviting(scene)
      const untilMs = scene.world.nowMs() + 2
      scene.world.must(by, { ...body, untilMs })
      return { by: scene.bar.owner, ...accepting(scene) }
    },
  ],
  [
    'federation_limit_reached',
    (scene) => {
      const { world, bar } = scene
      outside(scene)
      const { by, body } = inviting(scene)
      world.must(by, body)
      const federations = Array.from({ length: FEDERATIONS_PER_PLACE_MAX }, (_, index) =>
        deriveId('fed', `of many ${index}`),
      )
      world.edit('place', bar.place, { ...world.get('place', bar.place), federations })
      return { by: bar.owner, ...accepting(scene) }
    },
  ],
])

const expelling = (scene: Scene, by = OPERATOR): Attempt => ({
  by,
  body: {
    kind: 'federation.leave',
    federation: scene.world.federation,
    target: scene.bar.place,
  },
})

refuses('federation.leave', [
  [
    'place_unknown',
    ({ world }) => ({
      by: OPERATOR,
      body: {
        kind: 'federation.leave',
        federation: world.federation,
        target: deriveId('plc', 'none'),
      },
    }),
  ],
  ...rightsRows(
    ({ world, bar }, grant) => ({
      body: { kind: 'federation.leave', place: bar.place, grant, federation: world.federation },
    }),
    KINDS['federation.leave'].codes,
  ),
  [
    'federation_unknown',
    ({ bar: { owner, place } }) => ({
      by: owner,
      body: { kind: 'federation.leave', place, federation: NOBODY },
    }),
  ],
  [
    'federation_unknown',
    (scene) => {
      outside(scene)
      return expelling(scene)
    },
  ],
  ['federation_admin_required', (scene) => expelling(scene, GATEWAY)],
])

const setting = (
  { world }: Scene,
  changes: Partial<FederationSet> = {},
  by = OPERATOR,
): Attempt => ({
  by,
  body: {
    kind: 'federation.set',
    federation: world.federation,
    name: 'Riverside',
    admins: [ADMIN.key],
    weakCards: true,
    ...changes,
  },
  signing: {
    consents: [{ by: ADMIN, agree: { kind: 'federation.set', federation: world.federation } }],
  },
})

refuses('federation.set', [
  ['federation_unknown', (scene) => setting(scene, { federation: NOBODY })],
  ['federation_admin_required', (scene) => setting(scene, {}, GATEWAY)],
  ['consent_missing', (scene) => ({ ...setting(scene), signing: {} })],
  ['consent_missing', (scene) => setting(scene, { admins: [ADMIN.key, OTHER.key] })],
  [
    'consent_mismatch',
    (scene) => {
      const agree = { kind: 'federation.set', federation: NOBODY } as const
      return { ...setting(scene), signing: { consents: [{ by: ADMIN, agree }] } }
    },
  ],
])

const CHANGE: ParameterChange = { kind: 'parameter.change', walletsPerDay: 3 }

refuses('parameter.change', [
  ['authority_required', () => ({ by: GATEWAY, body: CHANGE })],
  ['consent_missing', () => ({ by: OPERATOR, body: CHANGE })],
  [
    'consent_mismatch',
    () => {
      const consents = [operatorsTo({ ...CHANGE, walletsPerDay: 4 })]
      return { by: OPERATOR, body: CHANGE, signing: { consents } }
    },
  ],
])
