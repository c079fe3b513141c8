import { units } from '../../../amount.ts'
import { createdHoldId } from '../../../derive.ts'
import type { WalletRecord } from '../../../state/record.ts'
import type { TopUpRecord } from '../../../state/record-money.ts'
import type { TopUpRefund } from '../../../transaction/kinds/redemption.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { presentWallet } from '../../card.ts'
import { hasTooManyHolds } from '../../hold.ts'
import { availableOf } from '../../movement.ts'
import { freezeOf, type Signed, signedBy } from '../../payer.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../../rule.ts'
import { openSettled, settledHold } from '../../settlement.ts'
import type { View } from '../../view.ts'
import { assetOfGateway } from './gateway.ts'

/**
 * What is left of a top-up, and still there, is set apart to go back to where it came from. It counts
 * as returned at once, so that nothing goes back twice, and no longer if the payout fails.
 */
export const refundTopUp = (view: View, body: TopUpRefund, context: RuleContext): Judgement => {
  const asset = assetOfGateway(view, body.asset, context.signer)
  if ('ok' in asset) return asset
  const key = `${body.asset}/${body.reference}`
  const topup = view.get('topup', key)
  if (topup === undefined) return refuse('topup_unknown')
  const holder = holderOf(view, topup)
  const agreed = signedBy({ id: holder.id, wallet: holder }, context.consents, (agree) =>
    agree.kind === 'topup.refund' &&
    agree.asset === body.asset &&
    agree.reference === body.reference
      ? agree.max
      : undefined,
  )
  const amount = amountOf(view, body, { topup, holder })
  const code =
    judgeConsent(agreed, amount + (context.tally.consents.get(key) ?? 0)) ??
    freezeOf(holder, context.timeMs) ??
    (hasTooManyHolds(holder) ? 'hold_limit_reached' : undefined) ??
    (amount === 0 ? 'nothing_to_refund' : undefined)
  if (code !== undefined) return refuse(code)
  const hold = settledHold({
    id: createdHoldId({ ...context, index: context.operation }),
    purpose: 'payout',
    owner: holder.id,
    key: context.signer,
    asset: asset.id,
    cap: units(amount),
    topup: body.reference,
  })
  const opened = openSettled(view, [hold])
  const returned = writing('topup', key, { ...topup, returned: units(topup.returned + amount) })
  const used = { amount, grants: [], consent: key }
  return applied({ ...opened, writes: [returned, ...opened.writes], created: [hold.id], used })
}

/** The wallet that was topped up, or that of the person its card was linked to. */
function holderOf(view: View, { wallet: id }: TopUpRecord): WalletRecord {
  const wallet = view.get('wallet', presentWallet(view, id))
  if (wallet === undefined) throw new Error(`a top-up of no wallet: ${id}`)
  return wallet
}

/** What goes back: what was asked for, as far as it is left of the top-up and is there. */
function amountOf(
  view: View,
  { asset, amount }: TopUpRefund,
  { topup, holder }: { readonly topup: TopUpRecord; readonly holder: WalletRecord },
): number {
  const left = topup.amount - topup.returned
  return Math.min(amount ?? left, left, availableOf(view, holder.id, asset))
}

function judgeConsent(agreed: Signed, amount: number): RefusalCode | undefined {
  if (agreed === 'missing') return 'holder_consent_missing'
  return agreed === 'mismatch' || amount > agreed.max ? 'consent_mismatch' : undefined
}
