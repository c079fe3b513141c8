import { cardIdOfKey } from '../../derive.ts'
import type { AssetRecord, CardRecord, WalletRecord } from '../../state/record.ts'
import type { Transfer } from '../../transaction/kinds/wallet.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { judgeCardLimits } from '../charge.ts'
import { isNoMoney } from '../money.ts'
import { availableOf } from '../movement.ts'
import { earliest, giverProblem, walletPayerOf } from '../payer.ts'
import {
  applied,
  type Judgement,
  type RuleContext,
  refuse,
  refuseForLackOf,
  type Write,
} from '../rule.ts'
import type { View } from '../view.ts'

/** Stands for the place in the daily count of what a card gives away. */
const TRANSFERRED = 'transfer'

const TRANSFERRING = ['person', 'card'] as const satisfies WalletRecord['kind'][]

/**
 * Money from holder to holder, where the asset allows it. Of a secret card's holder it is judged as
 * any spending of the card: blocked it gives nothing, and the asset's limits for cards hold.
 */
export const transfer = (view: View, body: Transfer, context: RuleContext): Judgement => {
  if (context.scope !== body.from) return refuse('holder_required')
  const asset = view.get('asset', body.asset)
  const from = walletPayerOf(view, body.from, TRANSFERRING)
  const card = from.wallet && cardOf(view, from.wallet, context)
  const to = walletPayerOf(view, body.to, TRANSFERRING)
  const code =
    judgeAsset(asset) ??
    (card?.state === 'blocked' ? 'card_blocked' : undefined) ??
    earliest([giverProblem(from, context.timeMs), to.problem]) ??
    (body.from === body.to ? 'transfer_to_self' : undefined)
  if (code !== undefined || asset === undefined) return refuse(code ?? 'asset_unknown')
  const writes: Write[] = []
  if (card !== undefined) {
    const spend = { card, asset, amount: body.amount, where: TRANSFERRED, timeMs: context.timeMs }
    const counted = judgeCardLimits(view, spend)
    if ('ok' in counted) return counted
    writes.push(counted)
  }
  const available = availableOf(view, body.from, body.asset)
  if (available < body.amount) return refuseForLackOf(body.amount - available)
  const { amount, from: source, to: target } = body
  return applied({ flows: [{ asset: asset.id, amount, from: source, to: target }], writes })
}

function judgeAsset(asset: AssetRecord | undefined): RefusalCode | undefined {
  if (asset === undefined) return 'asset_unknown'
  if (asset.archived) return 'asset_archived'
  if (isNoMoney(asset)) return 'asset_category_not_allowed'
  return asset.transferable ? undefined : 'asset_not_transferable'
}

/** The card whose key signs for its own wallet. */
function cardOf(
  view: View,
  { kind }: WalletRecord,
  { signer }: RuleContext,
): CardRecord | undefined {
  return kind === 'card' ? view.get('card', cardIdOfKey(signer)) : undefined
}
