import type { AssetId } from '../../id.ts'
import type { AssetRecord, PlaceRecord } from '../../state/record.ts'
import type { Sale } from '../../transaction/kinds/payment.ts'
import type { DebitClass } from '../../transaction/kinds/place.ts'
import { assetsBought } from '../../transaction/kinds/sale-line.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { isSharedWith } from '../acceptance.ts'
import { isNoMoney } from '../money.ts'
import { earliest } from '../payer.ts'
import { allowsAsset, type Rights } from '../rights.ts'
import { type Refusal, refuse } from '../rule.ts'
import type { View } from '../view.ts'

/**
 * The assets a sale takes, in order: those it names, all of which the place must accept; else what
 * the place accepts in its order of debit, passing over what cannot pay this sale. That the rights
 * reach the named ones is judged before.
 */
export const saleAssets = (
  view: View,
  body: Sale,
  rights: Rights,
): readonly AssetRecord[] | Refusal =>
  body.assets === undefined
    ? defaultAssets(view, body, rights)
    : namedAssets(view, body, body.assets, rights.place)

function namedAssets(
  view: View,
  body: Sale,
  named: readonly AssetId[],
  place: PlaceRecord,
): readonly AssetRecord[] | Refusal {
  const assets: AssetRecord[] = []
  const problems: (RefusalCode | undefined)[] = []
  for (const id of named) {
    const asset = view.get('asset', id)
    problems.push(problemOf(view, body, asset, place))
    if (asset !== undefined) assets.push(asset)
  }
  const code = earliest(problems)
  return code === undefined ? assets : refuse(code)
}

function defaultAssets(view: View, body: Sale, rights: Rights): readonly AssetRecord[] {
  const { place } = rights
  const bought = assetsBought(body)
  const accepted: AssetRecord[] = []
  for (const id of acceptedIds(view, place)) {
    const asset = view.get('asset', id)
    if (asset === undefined || !allowsAsset(rights, id)) continue
    if (bought.includes(id)) continue
    if (problemOf(view, body, asset, place) === undefined) accepted.push(asset)
  }
  return inOrderOfDebit(accepted, place)
}

function inOrderOfDebit(accepted: readonly AssetRecord[], place: PlaceRecord): AssetRecord[] {
  const ordered: AssetRecord[] = []
  for (const debitClass of place.debitOrder) {
    for (const asset of accepted) if (classOf(asset, place) === debitClass) ordered.push(asset)
  }
  return ordered
}

/** Own assets, then those of others, then those of the place's federations; none twice. */
function acceptedIds(view: View, place: PlaceRecord): readonly AssetId[] {
  if (place.accepts.length === 0 && place.federations.length === 0) return place.assets
  const ids = [...place.assets, ...place.accepts]
  for (const federation of place.federations) {
    const held = view.get('federation', federation)?.assets ?? []
    for (const asset of held) if (!ids.includes(asset)) ids.push(asset)
  }
  return ids
}

function problemOf(
  view: View,
  body: Sale,
  asset: AssetRecord | undefined,
  place: PlaceRecord,
): RefusalCode | undefined {
  const { unit, scale } = body
  const taking = takingProblem(view, asset, place)
  const isMadeCash = asset?.category === 'gift' && bringsCash(view, body)
  const problem = isMadeCash ? earliest([taking, 'asset_category_not_allowed']) : taking
  if (asset === undefined || problem !== undefined) return problem
  return asset.unit === unit && asset.scale === scale ? undefined : 'asset_unit_mismatch'
}

/** Gift money never turns into cash: it buys no money that does. */
function bringsCash(view: View, { lines }: Sale): boolean {
  if (lines === undefined) return false
  return lines.some(
    (line) => line.line === 'topup' && view.get('asset', line.asset)?.category === 'local',
  )
}

/** Why a place cannot be paid in an asset, whatever the amount. */
export const takingProblem = (
  view: View,
  asset: AssetRecord | undefined,
  place: PlaceRecord,
): RefusalCode | undefined => {
  if (asset === undefined) return 'asset_unknown'
  if (asset.archived) return 'asset_archived'
  if (asset.category === 'fixed' || isNoMoney(asset)) return 'asset_category_not_allowed'
  return accepts(view, place, asset) ? undefined : 'asset_not_accepted'
}

/** Its own, its federations', and what it accepts of others for as long as they share it. */
export function accepts(view: View, place: PlaceRecord, asset: AssetRecord): boolean {
  if (asset.issuer === place.id) return true
  if (asset.category !== 'federated' && !place.accepts.includes(asset.id)) return false
  return isSharedWith(view, asset, place.federations)
}

function classOf({ category, issuer }: AssetRecord, place: PlaceRecord): DebitClass {
  if (category === 'federated') return 'federated'
  if (issuer !== place.id) return 'external'
  return category === 'gift' ? 'gift' : 'local'
}
