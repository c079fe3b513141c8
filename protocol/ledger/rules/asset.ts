import { ZERO } from '../../amount.ts'
import { createdAssetId } from '../../derive.ts'
import { ASSETS_PER_PLACE_MAX } from '../../limits.ts'
import type { AssetRecord } from '../../state/record.ts'
import type { AssetCategory, AssetCreate } from '../../transaction/kinds/asset.ts'
import { looksLikeIsoCurrency } from '../../transaction/kinds/iso-4217.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { isBoundToAssets, rightsOf } from '../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../rule.ts'
import type { View } from '../view.ts'

/** The alphabetic form of ISO 4217: what a unit of euro-pegged money is called. */
const CURRENCY_UNIT = /^[A-Z]{3}$/

/** What a unit of each category counts. A category that no place creates is absent. */
const UNITS_OF_CATEGORY: { readonly [C in AssetCategory]?: RegExp } = {
  local: CURRENCY_UNIT,
  gift: CURRENCY_UNIT,
  time: /^minute$/,
  points: /^point$/,
}

/** A place's own currency comes into being, with no supply yet. */
export const createAsset = (view: View, body: AssetCreate, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'asset.create' }, context.timeMs)
  if (!rights.ok) return rights
  // Rights bound to some assets cannot reach one that is not there yet.
  if (isBoundToAssets(rights)) return refuse('grant_asset_missing')
  const codeName = `${body.place}/${body.code}`
  const code = judgeTerms(body) ?? judgeCode(view, body, codeName)
  if (code !== undefined) return refuse(code)
  const { place } = rights
  if (place.assets.length >= ASSETS_PER_PLACE_MAX) return refuse('asset_limit_reached')
  if (!UNITS_OF_CATEGORY[body.category]?.test(body.unit)) return refuse('asset_unit_mismatch')
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

function judgeTerms({ category }: AssetCreate): RefusalCode | undefined {
  return UNITS_OF_CATEGORY[category] === undefined ? 'asset_category_not_allowed' : undefined
}

function judgeCode(view: View, { code }: AssetCreate, name: string): RefusalCode | undefined {
  if (view.get('code', name) !== undefined) return 'asset_code_taken'
  return looksLikeIsoCurrency(code) ? 'asset_code_reserved' : undefined
}

function assetRecordOf(body: AssetCreate, id: AssetRecord['id']): AssetRecord {
  return {
    id,
    code: body.code,
    name: body.name,
    category: body.category,
    unit: body.unit,
    scale: body.scale,
    issuer: body.place,
    cap: body.cap,
    transferable: body.transferable,
    archived: false,
    cardLimits: body.cardLimits,
    supply: ZERO,
    issued: ZERO,
    burned: ZERO,
  }
}
