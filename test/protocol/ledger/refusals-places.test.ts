import { deriveId, type GrantId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import type { PlaceUpdate } from '#protocol/transaction/kinds/place.ts'
import { actor, peerId } from '#test/support/actors.ts'
import { GATEWAY, OPERATOR } from '#test/support/ledger-builders.ts'
import { createAsset } from '#test/support/venue-builders.ts'
import { authorityToo } from './authorities.ts'
import { type Attempt, type Row, refuses, rightsRows, type Scene } from './refusal-scene.ts'

const updating =
  (changes: Partial<PlaceUpdate> = {}) =>
  ({ club }: Scene): Attempt => ({
    by: club.owner,
    body: {
      kind: 'place.update',
      place: club.place,
      name: 'Club of the quay',
      nodes: [peerId('Club')],
      accepts: [],
      ...changes,
    },
  })

const ofBar =
  (changes: Partial<PlaceUpdate> = {}) =>
  ({ bar }: Scene, grant: GrantId): Omit<Attempt, 'by'> => ({
    body: {
      kind: 'place.update',
      place: bar.place,
      grant,
      name: 'Bar',
      nodes: [peerId('Bar')],
      accepts: [],
      ...changes,
    },
  })

refuses('place.update', [
  ...rightsRows(ofBar(), KINDS['place.update'].codes),
  ['asset_unknown', updating({ accepts: [deriveId('ast', 'none')] })],
  [
    'asset_unknown',
    (scene) => updating({ accepts: [scene.world.medal, deriveId('ast', 'none')] })(scene),
  ],
  ...[
    // Shared nowhere
    ({ world, bar }: Scene) => createAsset(world, bar, { code: 'MINE' }),
    // Its own
    ({ club }: Scene) => club.local,
    ({ world }: Scene) => world.medal,
  ].map(
    (asset): Row => ['asset_not_accepted', (scene) => updating({ accepts: [asset(scene)] })(scene)],
  ),
])

refuses('place.leave', [
  ...rightsRows(
    ({ bar }, grant) => ({ body: { kind: 'place.leave', place: bar.place, grant } }),
    KINDS['place.leave'].codes,
  ),
  [
    'place_not_active',
    ({ world, bar: { owner, place } }) => {
      world.must(owner, { kind: 'place.leave', place })
      return { by: owner, body: { kind: 'place.leave', place } }
    },
  ],
])

const suspending = ({ bar }: Scene, by = OPERATOR): Attempt => ({
  by,
  body: { kind: 'place.suspend', target: bar.place, suspended: true },
})

refuses('place.suspend', [
  ['authority_required', (scene) => suspending(scene, GATEWAY)],
  ['authority_required', (scene) => suspending(scene, scene.bar.owner)],
  [
    'place_unknown',
    (scene) => ({
      ...suspending(scene),
      body: { kind: 'place.suspend', target: deriveId('plc', 'none'), suspended: true },
    }),
  ],
  [
    'home_authority_required',
    (scene) => {
      const other = actor('other operator')
      authorityToo(scene.world, other)
      return suspending(scene, other)
    },
  ],
])
