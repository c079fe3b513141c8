import { AMOUNT_MAX, ZERO } from '../../amount.ts'
import type { Key, PlaceId, WalletId } from '../../id.ts'
import type { AssetRecord } from '../../state/record.ts'
import type { Issue } from '../../transaction/kinds/payment.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { bringingProblem } from '../bringing.ts'
import { isNoMoney } from '../money.ts'
import { type KnownPayer, payerOf, ready, walletPayerOf } from '../payer.ts'
import { allowsAsset, grantIds, judgeGrantUse, rightsOf } from '../rights.ts'
import {
  type Applied,
  applied,
  type Judgement,
  type Refusal,
  type RuleContext,
  refuse,
  type Used,
  writing,
} from '../rule.ts'
import type { View } from '../view.ts'
import { countIssue, issuesOf, judgeSecondMinter, type Minting } from './issue-limits.ts'

/** Whom an issue goes to, what it writes beside the money, and what it counts against. */
type Warrant = Pick<Applied, 'writes' | 'used'> & { readonly to: WalletId }

/**
 * Money comes into being: a place's own under a grant, or a federated asset's by its gateway against
 * an external reference that counts once, ever.
 */
export const issue = (view: View, body: Issue, context: RuleContext): Judgement => {
  const asset = view.get('asset', body.asset)
  const { place } = body
  const warrant =
    place === undefined
      ? judgeGateway(view, body, asset, context)
      : judgeIssuer(view, { ...body, place }, asset, context)
  if ('ok' in warrant) return warrant
  const { to, ...effects } = warrant
  return applied({ ...effects, flows: [{ asset: body.asset, amount: body.amount, to }] })
}

function receiverOf(view: View, { to }: Issue): KnownPayer {
  return 'card' in to ? payerOf(view, to) : walletPayerOf(view, to.wallet, ['person', 'place'])
}

/** A gateway also issues to its own wallet: that is its reserve. */
function receiverFromGateway(view: View, body: Issue, gateway: Key): KnownPayer {
  return isOwnWallet(view, body, gateway) && 'wallet' in body.to
    ? walletPayerOf(view, body.to.wallet, ['gateway'])
    : receiverOf(view, body)
}

function isOwnWallet(view: View, { to }: Issue, gateway: Key): boolean {
  return 'wallet' in to && view.get('key', gateway)?.wallet === to.wallet
}

function judgeGateway(
  view: View,
  body: Issue,
  asset: AssetRecord | undefined,
  { signer, jti, timeMs }: RuleContext,
): Warrant | Refusal {
  if (asset?.category === 'federated' && asset.gateway !== signer) return refuse('gateway_required')
  const { reference } = body
  const receiver = receiverFromGateway(view, body, signer)
  const code = judgeAsset(asset, 'federated') ?? receiver.problem
  if (code !== undefined || asset === undefined) return refuse(code ?? 'asset_unknown')
  if (reference === undefined) throw new Error('an issue of neither a place nor a reference')
  const key = `${body.asset}/${reference}`
  if (view.get('reference', key) !== undefined) return refuse('reference_used')
  const deficit = view.get('deficit', body.asset)?.amount ?? 0
  if (deficit > 0 && !isOwnWallet(view, body, signer)) return refuse('gateway_deficit')
  const counted = countIssue(view, asset, { amount: body.amount, timeMs })
  if ('ok' in counted) return counted
  if (passesSupplyCap(asset, body.amount)) return refuse('supply_cap_exceeded')
  const { id: to } = ready(receiver).wallet
  const { asset: id, amount } = body
  const writes = [
    writing('reference', key, { asset: id, reference, id: jti }),
    writing('topup', key, { asset: id, reference, wallet: to, amount, returned: ZERO }),
    ...counted,
  ]
  return { to, writes }
}

function judgeIssuer(
  view: View,
  body: Issue & { readonly place: PlaceId },
  asset: AssetRecord | undefined,
  context: RuleContext,
): Warrant | Refusal {
  if (asset?.category === 'federated') return refuse('gateway_required')
  const rights = rightsOf(view, { ...body, action: 'issue' }, context.timeMs)
  if (!rights.ok) return rights
  if (!allowsAsset(rights, body.asset)) return refuse('grant_asset_missing')
  const { amount, to: named } = body
  const receiver = receiverOf(view, body)
  const minting = asset?.issuer === body.place ? { asset, amount, rights, to: named } : undefined
  const code =
    (minting && judgeSecondMinter(view, minting, context)) ??
    judgeAsset(asset, body.place) ??
    bringingProblem(view, receiver, {
      place: rights.place,
      asset: body.asset,
      list: 'assets',
      timeMs: context.timeMs,
    })
  if (code !== undefined || minting === undefined) return refuse(code ?? 'asset_not_issued_here')
  const used = judgeGrantUse(rights, { moved: amount, refunded: 0 }, context)
  if ('ok' in used) return used
  const counted = countIssue(view, minting.asset, { amount, timeMs: context.timeMs })
  if ('ok' in counted) return counted
  if (passesSupplyCap(minting.asset, amount)) return refuse('supply_cap_exceeded')
  const { id: to } = ready(receiver).wallet
  return { to, writes: [...used, ...counted], used: usedBy(minting) }
}

function usedBy({ asset, amount, rights }: Minting): Used {
  return { amount, grants: grantIds(rights), consent: issuesOf(asset) }
}

/** `by`: the place that issues, or `federated` for a gateway. */
function judgeAsset(
  asset: AssetRecord | undefined,
  by: PlaceId | 'federated',
): RefusalCode | undefined {
  if (asset === undefined) return 'asset_unknown'
  if (asset.archived) return 'asset_archived'
  if (isNoMoney(asset)) return 'asset_category_not_allowed'
  if (asset.category === 'fixed') return 'asset_supply_fixed'
  if (by === 'federated') {
    return asset.category === 'federated' ? undefined : 'asset_category_not_allowed'
  }
  return asset.issuer === by ? undefined : 'asset_not_issued_here'
}

function passesSupplyCap({ supply, cap }: AssetRecord, amount: number): boolean {
  return supply + amount > (cap ?? AMOUNT_MAX)
}
