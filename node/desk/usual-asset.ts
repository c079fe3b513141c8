import type { AssetId, PlaceId } from '#protocol/id.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { AssetRecord } from '#protocol/state/record.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { ASSET_REQUIRED, always, type DeskParts, type OpenDesk } from './desk-parts.ts'
import type { OwnOrder } from './own-orders.ts'

/**
 * In the asset that is named, else in the usual one, else in the place's only one of the category. Once
 * signed, an order that named none is known by any asset of the category: which is the only one may change.
 */
export const inAsset = (
  parts: OpenDesk,
  {
    named,
    usual,
    category,
    place,
  }: {
    readonly named: AssetId | undefined
    readonly usual?: AssetId | undefined
    readonly category: AssetRecord['category']
    readonly place: PlaceId
  },
  bodyIn: (asset: AssetId) => TransactionBody,
): Pick<OwnOrder<typeof ASSET_REQUIRED>, 'draft' | 'alike'> => {
  if (named !== undefined) return always(bodyIn(named))
  return {
    draft: () => {
      const asset = usual ?? onlyAssetOf(parts, place, category)
      return asset === undefined ? ASSET_REQUIRED : bodyIn(asset)
    },
    alike: () => {
      const assets = assetsOf(parts.view(), place, category).map(({ id }) => id)
      return (usual === undefined ? assets : [usual, ...assets]).map(bodyIn)
    },
  }
}

/** The one currency of a category that a place issues; undefined when it has none, or several. */
const onlyAssetOf = (
  { view }: Pick<DeskParts, 'view'>,
  place: PlaceId,
  category: AssetRecord['category'],
): AssetId | undefined => {
  const fitting = assetsOf(view(), place, category).filter(({ archived }) => !archived)
  return fitting.length === 1 ? fitting[0]?.id : undefined
}

/** All of a category that a place issues, archived ones too. */
const assetsOf = (
  view: View,
  place: PlaceId,
  category: AssetRecord['category'],
): readonly AssetRecord[] =>
  (view.get('place', place)?.assets ?? [])
    .flatMap((id) => view.get('asset', id) ?? [])
    .filter((asset) => asset.category === category)
