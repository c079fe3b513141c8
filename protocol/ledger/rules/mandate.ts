import { parseId } from '../../id.ts'
import type { MandateRevoke, MandateSet } from '../../transaction/kinds/wallet.ts'
import { isOver } from '../charge.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../rule.ts'
import type { View } from '../view.ts'
import { walletKey } from '../wallet-key.ts'

/**
 * A person lets a place or a federation charge without a signature each time; set again, it
 * replaces the former one. A card's mandate is its batch's: a copied card must not widen it.
 */
export const setMandate = (view: View, body: MandateSet, context: RuleContext): Judgement => {
  if (context.scope !== body.wallet) return refuse('holder_required')
  const { wallet, to, caps, notAfterMs } = body
  const place = parseId('plc', to)
  if (place !== undefined && view.get('place', place) === undefined) return refuse('place_unknown')
  if (place === undefined && view.get('federation', to) === undefined) {
    return refuse('federation_unknown')
  }
  if (view.get('wallet', wallet)?.kind !== 'person') return refuse('wallet_kind_not_allowed')
  return applied({
    writes: [writing('mandate', walletKey(wallet, to), { wallet, to, caps, notAfterMs })],
  })
}

/** Ends a mandate at once. Its record stays: what was charged under it can still be read. */
export const revokeMandate = (view: View, body: MandateRevoke, context: RuleContext): Judgement => {
  if (context.scope !== body.wallet) return refuse('holder_required')
  if (view.get('wallet', body.wallet)?.kind !== 'person') return refuse('wallet_kind_not_allowed')
  const key = walletKey(body.wallet, body.to)
  const mandate = view.get('mandate', key)
  if (mandate === undefined) return refuse('mandate_missing')
  const { timeMs } = context
  if (isOver(mandate, timeMs)) return refuse('mandate_expired')
  return applied({ writes: [writing('mandate', key, { ...mandate, notAfterMs: timeMs })] })
}
