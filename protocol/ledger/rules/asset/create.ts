import { createdAssetId } from '../../../derive.ts'
import { ASSETS_PER_PLACE_MAX } from '../../../limits.ts'
import type { AssetCategory, AssetCreate } from '../../../transaction/kinds/asset.ts'
import { looksLikeIsoCurrency } from '../../../transaction/kinds/iso-4217.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { isBoundToAssets, type Rights, rightsOf } from '../../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../../rule.ts'
import type { View } from '../../view.ts'
import { createFederatedAsset } from './create-federated.ts'
import { assetRecordOf } from './record.ts'
import { judgeSharing } from './sharing.ts'

/** The alphabetic form of ISO 4217: what a unit of euro-pegged money is called. */
const CURRENCY_UNIT = /^[A-Z]{3}$/

/** What a unit of each category counts. A category that no place creates is absent. */
const UNITS_OF_CATEGORY: { readonly [C in AssetCategory]?: RegExp } = {
  local: CURRENCY_UNIT,
  gift: CURRENCY_UNIT,
  time: /^minute$/,
  points: /^point$/,
  membership: /^membership$/,
  badge: /^badge$/,
}

/** A currency comes into being, with no supply yet. */
export const createAsset = (view: View, body: AssetCreate, context: RuleContext): Judgement =>
  body.place === undefined
    ? createFederatedAsset(view, body, context)
    : createPlaceAsset(view, { ...body, place: body.place }, context)

type PlaceAsset = AssetCreate & { readonly place: NonNullable<AssetCreate['place']> }

function createPlaceAsset(view: View, body: PlaceAsset, context: RuleContext): Judgement {
  const rights = rightsOf(view, { ...body, action: 'asset.create' }, context.timeMs)
  if (!rights.ok) return rights
  // Rights bound to some assets cannot reach one that is not there yet.
  if (isBoundToAssets(rights)) return refuse('grant_asset_missing')
  const codeName = `${body.place}/${body.code}`
  const code = judgeTerms(view, body, { rights, codeName })
  if (code !== undefined) return refuse(code)
  const { place } = rights
  const id = createdAssetId({ ...context, index: context.operation })
  return applied({
    created: [id],
    writes: [
      writing('asset', id, assetRecordOf(body, id)),
      writing('place', place.id, { ...place, assets: [...place.assets, id] }),
      writing('code', codeName, { name: codeName, asset: id }),
    ],
  })
}

function judgeTerms(
  view: View,
  body: PlaceAsset,
  { rights: { place }, codeName }: { readonly rights: Rights; readonly codeName: string },
): RefusalCode | undefined {
  const sharing = judgeSharing(place, body)
  if (sharing !== undefined) return sharing
  const units = UNITS_OF_CATEGORY[body.category]
  if (units === undefined) return 'asset_category_not_allowed'
  if (view.get('code', codeName) !== undefined) return 'asset_code_taken'
  if (looksLikeIsoCurrency(body.code)) return 'asset_code_reserved'
  if (place.assets.length >= ASSETS_PER_PLACE_MAX) return 'asset_limit_reached'
  return units.test(body.unit) ? undefined : 'asset_unit_mismatch'
}
