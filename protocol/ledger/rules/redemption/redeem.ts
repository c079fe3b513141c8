import { createdHoldId } from '../../../derive.ts'
import type { Key, WalletId } from '../../../id.ts'
import type { AssetRecord, PlaceRecord, WalletRecord } from '../../../state/record.ts'
import type { Redeem } from '../../../transaction/kinds/redemption.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { hasTooManyHolds } from '../../hold.ts'
import { availableOf } from '../../movement.ts'
import { freezeOf, type KnownPayer, signedBy, walletPayerOf } from '../../payer.ts'
import { allowsAsset, grantIds, judgeGrantUse, rightsOf } from '../../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, refuseForLackOf } from '../../rule.ts'
import { openSettled, settledHold } from '../../settlement.ts'
import type { View } from '../../view.ts'

/**
 * Money is set apart to be paid out: what a place took of a federated asset, by its gateway; what a
 * person has of the place's own money, by the place.
 */
export const redeem = (view: View, body: Redeem, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'redeem' }, context.timeMs)
  if (!rights.ok) return rights
  if (!allowsAsset(rights, body.asset)) return refuse('grant_asset_missing')
  const asset = view.get('asset', body.asset)
  const owner = ownerOf(view, body, rights.place)
  const code =
    judgeConsent(owner, body, context) ??
    judgeAsset(asset, body) ??
    owner.problem ??
    freezeOf(owner.wallet, context.timeMs) ??
    judgeRoom(owner.wallet)
  if (code !== undefined || asset === undefined) return refuse(code ?? 'asset_unknown')
  const used = judgeGrantUse(rights, { moved: body.amount, refunded: body.amount }, context)
  if ('ok' in used) return used
  if (asset.category === 'gift') return refuse('gift_not_redeemable')
  const wallet = walletOf(owner)
  const available = availableOf(view, wallet, asset.id)
  if (available < body.amount) return refuseForLackOf(body.amount - available)
  const hold = settledHold({
    id: createdHoldId({ ...context, index: context.operation }),
    purpose: 'payout',
    owner: wallet,
    beneficiary: body.place,
    key: payerOfPayout(asset, rights.place),
    asset: asset.id,
    cap: body.amount,
  })
  const opened = openSettled(view, [hold])
  return applied({
    ...opened,
    writes: [...used, ...opened.writes],
    created: [hold.id],
    used: { amount: body.amount, grants: grantIds(rights), consent: consentName(body) },
  })
}

function ownerOf(view: View, { from }: Redeem, place: PlaceRecord): KnownPayer {
  return from === undefined
    ? walletPayerOf(view, place.wallet, ['place'])
    : walletPayerOf(view, from, ['person'])
}

function walletOf({ wallet, id }: KnownPayer): WalletId {
  if (wallet === undefined) throw new Error(`a redemption from no wallet: ${id}`)
  return wallet.id
}

/** One consent bounds all redemptions of a batch that lean on it. */
function consentName({ from, asset }: Redeem): string {
  return `redeem/${from ?? 'place'}/${asset}`
}

function judgeConsent(
  owner: KnownPayer,
  body: Redeem,
  { consents, tally }: RuleContext,
): RefusalCode | undefined {
  if (body.from === undefined || owner.wallet === undefined) return undefined
  const agreed = signedBy(owner, consents, (agree) =>
    agree.kind === 'redeem' && agree.place === body.place && agree.asset === body.asset
      ? agree.max
      : undefined,
  )
  if (agreed === 'missing') return 'holder_consent_missing'
  if (agreed === 'mismatch') return 'consent_mismatch'
  const before = tally.consents.get(consentName(body)) ?? 0
  return before + body.amount > agreed.max ? 'consent_mismatch' : undefined
}

/** What an asset's money is redeemed by: federated money by places, a place's own by that place. */
function judgeAsset(
  asset: AssetRecord | undefined,
  { place, from }: Redeem,
): RefusalCode | undefined {
  if (asset === undefined) return 'asset_unknown'
  const { category, issuer } = asset
  if (category === 'gift' && from === undefined) return undefined
  if (category !== 'local' && category !== 'gift') {
    return category === 'federated' && from === undefined ? undefined : 'asset_category_not_allowed'
  }
  if (from === undefined) return 'asset_category_not_allowed'
  return issuer === place ? undefined : 'asset_not_issued_here'
}

function judgeRoom(wallet: WalletRecord | undefined): RefusalCode | undefined {
  return wallet !== undefined && hasTooManyHolds(wallet) ? 'hold_limit_reached' : undefined
}

function payerOfPayout({ gateway }: AssetRecord, { key }: PlaceRecord): Key {
  return gateway ?? key
}
