import { AMOUNT_MAX } from '../../../amount.ts'
import type { AssetRecord } from '../../../state/record.ts'
import { type AssetArchive, type AssetUpdate, canHave } from '../../../transaction/kinds/asset.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { allowsAsset, rightsOf } from '../../rights.ts'
import {
  applied,
  type Judgement,
  type Refusal,
  type RuleContext,
  refuse,
  writing,
} from '../../rule.ts'
import { judgeOperators } from '../../threshold.ts'
import type { View } from '../../view.ts'
import { judgeSharing } from './sharing.ts'

/** The issuer says anew what may change of its asset; of a federation's, the authorities do. */
export const updateAsset = (view: View, body: AssetUpdate, context: RuleContext): Judgement => {
  const known = changeable(view, body, context)
  if ('ok' in known) return known
  const { asset } = known
  if (!canHave(asset.category, body)) return refuse('asset_category_not_allowed')
  if ((body.cap ?? AMOUNT_MAX) < asset.supply) return refuse('supply_cap_exceeded')
  return applied({ writes: [writing('asset', asset.id, withTerms(asset, body))] })
}

/** No asset is opened again: who was told that it ends must be able to rely on it. */
export const archiveAsset = (view: View, body: AssetArchive, context: RuleContext): Judgement => {
  const known = changeable(view, body, context)
  if ('ok' in known) return known
  const { asset } = known
  if (asset.archived) return refuse('asset_archived')
  return applied({ writes: [writing('asset', asset.id, { ...asset, archived: true })] })
}

type Change = AssetUpdate | AssetArchive

/** The asset, where the signer may change it. */
function changeable(
  view: View,
  body: Change,
  context: RuleContext,
): { readonly asset: AssetRecord } | Refusal {
  const { place } = body
  const asset = view.get('asset', body.asset)
  const refusal =
    place === undefined
      ? judgeFederated(view, body, { asset, context })
      : judgeOwn(view, { ...body, place }, { asset, context })
  return asset === undefined || refusal !== undefined
    ? (refusal ?? refuse('asset_unknown'))
    : { asset }
}

type Judged = { readonly asset: AssetRecord | undefined; readonly context: RuleContext }

function judgeFederated(view: View, body: Change, { asset, context }: Judged): Refusal | undefined {
  const code: RefusalCode | undefined =
    judgeOperators(view, context, body) ??
    (asset === undefined ? 'asset_unknown' : undefined) ??
    (asset?.category === 'federated' ? undefined : 'asset_category_not_allowed')
  return code && refuse(code)
}

function judgeOwn(
  view: View,
  body: Change & { readonly place: NonNullable<Change['place']> },
  { asset, context }: Judged,
): Refusal | undefined {
  const rights = rightsOf(view, { ...body, action: body.kind }, context.timeMs)
  if (!rights.ok) return rights
  if (!allowsAsset(rights, body.asset)) return refuse('grant_asset_missing')
  const sharing = body.kind === 'asset.update' ? judgeSharing(rights.place, body) : undefined
  if (sharing !== undefined) return refuse(sharing)
  if (asset === undefined) return refuse('asset_unknown')
  return asset.issuer === body.place ? undefined : refuse('asset_not_issued_here')
}

function withTerms(asset: AssetRecord, body: AssetUpdate): AssetRecord {
  return {
    ...asset,
    name: body.name,
    cap: body.cap,
    transferable: body.transferable,
    cardLimits: body.cardLimits,
    vat: body.vat,
    lease: body.lease,
    issueLimits: body.issueLimits,
    federations: body.federations,
  }
}
