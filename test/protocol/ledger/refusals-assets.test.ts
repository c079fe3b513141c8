import { units } from '#protocol/amount.ts'
import { deriveId, type GrantId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { ASSETS_PER_FEDERATION_MAX, ASSETS_PER_PLACE_MAX } from '#protocol/limits.ts'
import type { AssetArchive, AssetCreate, AssetUpdate } from '#protocol/transaction/kinds/asset.ts'
import { actor } from '#test/support/actors.ts'
import { operatorsTo } from '#test/support/authority-builders.ts'
import { GATEWAY, OPERATOR, ROOMY_LIMITS } from '#test/support/ledger-builders.ts'
import {
  assetBody,
  createAsset,
  federatedAssetBody,
  gatewayTo,
} from '#test/support/venue-builders.ts'
import { type Attempt, refuses, rightsRows, type Scene, tillWith } from './refusal-scene.ts'

const creating =
  (changes: Partial<AssetCreate> = {}) =>
  ({ bar }: Scene, grant?: GrantId): Omit<Attempt, 'by'> => ({
    body: assetBody(bar.place, { code: 'NEW1', ...(grant && { grant }), ...changes }),
  })

const SECOND_GATEWAY = actor('second gateway')

const federating = (
  { world }: Scene,
  changes: Partial<AssetCreate> = {},
  { by = OPERATOR, gateway = SECOND_GATEWAY } = {},
): Attempt => {
  const body = federatedAssetBody(world, gateway, changes)
  return { by, body, signing: { consents: [operatorsTo(body), gatewayTo(body, gateway)] } }
}

refuses('asset.create', [
  ['authority_required', (scene) => federating(scene, {}, { by: GATEWAY })],
  ...rightsRows(creating(), KINDS['asset.create'].codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.local] })
      return { by, ...creating()(scene, grant) }
    },
  ],
  [
    'federation_unknown',
    (scene) => ({
      by: scene.bar.owner,
      ...creating({ federations: [scene.world.federation, deriveId('fed', 'none')] })(scene),
    }),
  ],
  [
    'federation_unknown',
    (scene) => federating(scene, { federation: deriveId('fed', 'none'), category: 'local' }),
  ],
  ['consent_missing', (scene) => ({ ...federating(scene), signing: {} })],
  [
    'consent_missing',
    (scene) => {
      const attempt = federating(scene)
      return { ...attempt, signing: { consents: [operatorsTo(attempt.body)] } }
    },
  ],
  [
    'consent_missing',
    (scene) => {
      const { world } = scene
      const body = federatedAssetBody(world, SECOND_GATEWAY)
      return { by: OPERATOR, body, signing: { consents: [gatewayTo(body, SECOND_GATEWAY)] } }
    },
  ],
  [
    'consent_mismatch',
    (scene) => {
      const body = federatedAssetBody(scene.world, SECOND_GATEWAY)
      const other = operatorsTo({ ...body, name: 'Another name' })
      return {
        by: OPERATOR,
        body,
        signing: { consents: [other, gatewayTo(body, SECOND_GATEWAY)] },
      }
    },
  ],
  [
    'consent_mismatch',
    (scene) => {
      const body = federatedAssetBody(scene.world, SECOND_GATEWAY)
      const other = gatewayTo({ ...body, code: 'OTHER' }, SECOND_GATEWAY)
      return { by: OPERATOR, body, signing: { consents: [operatorsTo(body), other] } }
    },
  ],
  [
    'asset_category_not_allowed',
    (scene) => ({ by: scene.bar.owner, ...creating({ category: 'federated' })(scene) }),
  ],
  ['asset_category_not_allowed', (scene) => federating(scene, { category: 'local' })],
  ['asset_code_taken', (scene) => ({ by: scene.bar.owner, ...creating({ code: 'GIFT' })(scene) })],
  ['asset_code_taken', (scene) => federating(scene, { code: 'EURF' })],
  [
    'asset_code_reserved',
    (scene) => ({ by: scene.bar.owner, ...creating({ code: 'EUR' })(scene) }),
  ],
  [
    'asset_limit_reached',
    (scene) => {
      const { world, bar } = scene
      for (let count = 2; count < ASSETS_PER_PLACE_MAX; count++) {
        createAsset(world, bar, { code: `COIN${count}` })
      }
      return { by: bar.owner, ...creating()(scene) }
    },
  ],
  [
    'asset_limit_reached',
    (scene) => {
      const { world } = scene
      const federation = world.get('federation', world.federation)
      const assets = Array.from({ length: ASSETS_PER_FEDERATION_MAX }, () => world.euro)
      world.edit('federation', world.federation, { ...federation, assets })
      return federating(scene)
    },
  ],
  [
    'asset_unit_mismatch',
    (scene) => ({ by: scene.bar.owner, ...creating({ category: 'time', unit: 'EUR' })(scene) }),
  ],
  ['asset_unit_mismatch', (scene) => federating(scene, { unit: 'point' })],
  ['wallet_kind_not_allowed', (scene) => federating(scene, {}, { gateway: scene.person.holder })],
  [
    'wallet_key_taken',
    (scene) => {
      const { world } = scene
      const { id, holder } = scene.person
      world.must(
        holder,
        { kind: 'wallet.rotate', wallet: id, key: SECOND_GATEWAY.key },
        { consents: [{ by: SECOND_GATEWAY, agree: { kind: 'wallet.rotate', wallet: id } }] },
      )
      return federating(scene, {}, { gateway: holder })
    },
  ],
  [
    'wallet_key_taken',
    (scene) => {
      const { key } = SECOND_GATEWAY
      scene.world.edit('key', key, { key, retired: true })
      return federating(scene)
    },
  ],
])

const updating =
  (changes: Partial<AssetUpdate> = {}) =>
  ({ bar }: Scene, grant?: GrantId): { readonly body: AssetUpdate } => ({
    body: {
      kind: 'asset.update',
      place: bar.place,
      ...(grant && { grant }),
      asset: bar.local,
      name: 'Cups of the bar',
      transferable: true,
      cardLimits: ROOMY_LIMITS,
      ...changes,
    },
  })

const archiving =
  (changes: Partial<AssetArchive> = {}) =>
  ({ bar }: Scene, grant?: GrantId): { readonly body: AssetArchive } => ({
    body: {
      kind: 'asset.archive',
      place: bar.place,
      ...(grant && { grant }),
      asset: bar.local,
      ...changes,
    },
  })

/** By the authorities: no place is named. */
const governing = (body: AssetUpdate | AssetArchive, by = OPERATOR): Attempt => {
  const { place: _, grant: __, ...rest } = body
  return { by, body: rest, signing: { consents: [operatorsTo(rest)] } }
}

refuses('asset.update', [
  [
    'authority_required',
    (scene) => governing(updating({ asset: scene.world.euro })(scene).body, GATEWAY),
  ],
  ...rightsRows(updating(), KINDS['asset.update'].codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { by, ...updating()(scene, grant) }
    },
  ],
  [
    'federation_unknown',
    (scene) => ({
      by: scene.bar.owner,
      ...updating({ federations: [deriveId('fed', 'none')] })(scene),
    }),
  ],
  [
    'consent_missing',
    (scene) => ({
      ...governing(updating({ asset: scene.world.euro })(scene).body),
      signing: {},
    }),
  ],
  [
    'consent_mismatch',
    (scene) => {
      const attempt = governing(updating({ asset: scene.world.euro })(scene).body)
      const other = operatorsTo(updating({ asset: scene.world.euro, cap: units(9) })(scene).body)
      return { ...attempt, signing: { consents: [other] } }
    },
  ],
  [
    'asset_unknown',
    (scene) => ({ by: scene.bar.owner, ...updating({ asset: deriveId('ast', 'no') })(scene) }),
  ],
  ['asset_unknown', (scene) => governing(updating({ asset: deriveId('ast', 'no') })(scene).body)],
  ['asset_category_not_allowed', (scene) => governing(updating()(scene).body)],
  [
    'asset_category_not_allowed',
    (scene) => {
      const { world, bar } = scene
      const asset = createAsset(world, bar, { code: 'HOURS', category: 'time', unit: 'minute' })
      return { by: bar.owner, ...updating({ asset, vat: 'multi_purpose' })(scene) }
    },
  ],
  [
    'asset_not_issued_here',
    (scene) => ({ by: scene.bar.owner, ...updating({ asset: scene.club.local })(scene) }),
  ],
  [
    'supply_cap_exceeded',
    (scene) => ({ by: scene.bar.owner, ...updating({ cap: units(2999) })(scene) }),
  ],
])

refuses('asset.archive', [
  [
    'authority_required',
    (scene) => governing(archiving({ asset: scene.world.euro })(scene).body, GATEWAY),
  ],
  ...rightsRows(archiving(), KINDS['asset.archive'].codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { by, ...archiving()(scene, grant) }
    },
  ],
  [
    'consent_missing',
    (scene) => ({
      ...governing(archiving({ asset: scene.world.euro })(scene).body),
      signing: {},
    }),
  ],
  [
    'consent_mismatch',
    (scene) => {
      const attempt = governing(archiving({ asset: scene.world.euro })(scene).body)
      const other = operatorsTo(archiving({ asset: scene.world.medal })(scene).body)
      return { ...attempt, signing: { consents: [other] } }
    },
  ],
  [
    'asset_unknown',
    (scene) => ({ by: scene.bar.owner, ...archiving({ asset: deriveId('ast', 'no') })(scene) }),
  ],
  [
    'asset_archived',
    (scene) => {
      const { world, bar } = scene
      world.must(bar.owner, archiving()(scene).body)
      return { by: bar.owner, ...archiving()(scene) }
    },
  ],
  [
    'asset_category_not_allowed',
    (scene) => governing(archiving({ asset: scene.world.medal })(scene).body),
  ],
  [
    'asset_not_issued_here',
    (scene) => ({ by: scene.bar.owner, ...archiving({ asset: scene.club.local })(scene) }),
  ],
])
