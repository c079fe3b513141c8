import { units, ZERO } from '../../../amount.ts'
import type { DeficitCover, Reverse } from '../../../transaction/kinds/redemption.ts'
import { presentWallet } from '../../card.ts'
import { availableOf } from '../../movement.ts'
import {
  applied,
  type Flow,
  type Judgement,
  type RuleContext,
  refuse,
  refuseForLackOf,
  writing,
} from '../../rule.ts'
import type { View } from '../../view.ts'
import { assetOfGateway, walletOfGateway } from './gateway.ts'

/**
 * The payment behind a top-up was taken back outside. What the wallet has of it ceases to be, never what
 * is held; then what the gateway keeps in reserve; the rest is money that nothing stands behind, and
 * its gateway's to cover.
 */
export const reverse = (view: View, body: Reverse, context: RuleContext): Judgement => {
  const { asset: id, reference, chargeback, amount } = body
  const asset = assetOfGateway(view, id, context.signer)
  if ('ok' in asset) return asset
  const topup = view.get('topup', `${id}/${reference}`)
  if (topup === undefined) return refuse('topup_unknown')
  const chargebackKey = `${id}/${chargeback}`
  if (view.get('reference', chargebackKey) !== undefined) return refuse('reference_used')
  const returned = topup.returned + amount
  if (returned > topup.amount) return refuse('reversal_exceeds_topup')
  const reserve = walletOfGateway(view, context.signer).id
  const flows: Flow[] = []
  let uncovered: number = amount
  for (const from of new Set([presentWallet(view, topup.wallet), reserve])) {
    const taken = Math.min(uncovered, availableOf(view, from, id))
    uncovered -= taken
    if (taken > 0) flows.push({ asset: id, amount: taken, from, redeems: true })
  }
  const deficit = view.get('deficit', id)?.amount ?? ZERO
  return applied({
    flows,
    writes: [
      writing('reference', chargebackKey, { asset: id, reference: chargeback, id: context.jti }),
      writing('topup', `${id}/${reference}`, { ...topup, returned: units(returned) }),
      ...(uncovered === 0
        ? []
        : [
            writing('deficit', id, {
              asset: id,
              gateway: context.signer,
              amount: units(deficit + uncovered),
            }),
          ]),
    ],
    ...(uncovered > 0 && { facts: { uncovered } }),
  })
}

/** Money of the gateway's own ceases to be, for as much that nothing stood behind. */
export const coverDeficit = (view: View, body: DeficitCover, context: RuleContext): Judgement => {
  const { asset: id, amount } = body
  const asset = assetOfGateway(view, id, context.signer)
  if ('ok' in asset) return asset
  const deficit = view.get('deficit', id)
  if (deficit === undefined || deficit.amount < amount) return refuse('cover_exceeds_deficit')
  const from = walletOfGateway(view, context.signer).id
  const available = availableOf(view, from, id)
  if (available < amount) return refuseForLackOf(amount - available)
  const rest = { ...deficit, amount: units(deficit.amount - amount) }
  return applied({
    flows: [{ asset: id, amount, from, redeems: true }],
    writes: [writing('deficit', id, rest)],
  })
}
