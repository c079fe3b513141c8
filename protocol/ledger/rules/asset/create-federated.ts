import { createdAssetId, walletIdOfKey } from '../../../derive.ts'
import type { Key } from '../../../id.ts'
import { ASSETS_PER_FEDERATION_MAX } from '../../../limits.ts'
import type { FederationRecord } from '../../../state/record.ts'
import type { AssetCreate } from '../../../transaction/kinds/asset.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { isOperator } from '../../network.ts'
import { earliest } from '../../payer.ts'
import {
  applied,
  type Judgement,
  type RuleContext,
  refuse,
  type Write,
  writing,
} from '../../rule.ts'
import { judgeOperators } from '../../threshold.ts'
import type { View } from '../../view.ts'
import { assetRecordOf } from './record.ts'

/** The alphabetic form of ISO 4217: shared money is money. */
const CURRENCY_UNIT = /^[A-Z]{3}$/

/**
 * One more shared currency of a federation, under the authorities' threshold: its gateway agrees and
 * has its wallet from then on, one for all that it issues. It may carry the code of a state's currency.
 */
export const createFederatedAsset = (
  view: View,
  body: AssetCreate,
  context: RuleContext,
): Judgement => {
  const { federation: id, gateway } = body
  if (id === undefined || gateway === undefined) throw new Error('an asset of nobody')
  if (!isOperator(view, context.signer)) return refuse('authority_required')
  const federation = view.get('federation', id)
  if (federation === undefined) return refuse('federation_unknown')
  const code =
    earliest([judgeOperators(view, context, body), judgeGateway(body, context)]) ??
    judgeTerms(view, body, federation) ??
    judgeWallet(view, gateway)
  if (code !== undefined) return refuse(code)
  const asset = createdAssetId({ ...context, index: context.operation })
  const codeName = `${id}/${body.code}`
  return applied({
    created: [asset],
    writes: [
      writing('asset', asset, assetRecordOf(body, asset)),
      writing('federation', id, { ...federation, assets: [...federation.assets, asset] }),
      writing('code', codeName, { name: codeName, asset }),
      ...walletWrites(view, gateway),
    ],
  })
}

function judgeGateway(
  { federation, gateway, code }: AssetCreate,
  { consents }: RuleContext,
): RefusalCode | undefined {
  const own = consents.filter(({ signer }) => signer === gateway)
  if (own.length === 0) return 'consent_missing'
  const isAgreed = own.some(
    ({ agree }) =>
      agree.kind === 'asset.create' && agree.federation === federation && agree.code === code,
  )
  return isAgreed ? undefined : 'consent_mismatch'
}

function judgeTerms(
  view: View,
  { category, code, unit }: AssetCreate,
  { id, assets }: FederationRecord,
): RefusalCode | undefined {
  if (category !== 'federated') return 'asset_category_not_allowed'
  if (view.get('code', `${id}/${code}`) !== undefined) return 'asset_code_taken'
  if (assets.length >= ASSETS_PER_FEDERATION_MAX) return 'asset_limit_reached'
  return CURRENCY_UNIT.test(unit) ? undefined : 'asset_unit_mismatch'
}

/**
 * A gateway's wallet is no person's, place's or card's: what it issues to itself is its reserve. A key
 * that lost its wallet gets no other, and the wallet that was its own may be somebody's by now.
 */
function judgeWallet(view: View, gateway: Key): RefusalCode | undefined {
  const known = view.get('key', gateway)
  if (known?.wallet !== undefined) {
    const kind = view.get('wallet', known.wallet)?.kind
    return kind === 'gateway' ? undefined : 'wallet_kind_not_allowed'
  }
  const isTaken =
    known?.retired === true ||
    known?.card !== undefined ||
    view.get('wallet', walletIdOfKey(gateway)) !== undefined
  return isTaken ? 'wallet_key_taken' : undefined
}

function walletWrites(view: View, gateway: Key): readonly Write[] {
  if (view.get('key', gateway)?.wallet !== undefined) return []
  const wallet = walletIdOfKey(gateway)
  return [
    writing('wallet', wallet, { id: wallet, kind: 'gateway', keys: [gateway] }),
    writing('key', gateway, { key: gateway, wallet }),
  ]
}
