import type { Errand } from '#api/ports/desk.ts'
import type { PayoutEnd, PayoutOrder, SettlementDesk } from '#api/ports/settlement-desk.ts'
import { units } from '#protocol/amount.ts'
import { actingOf } from '#protocol/ledger/scope.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { actingIn, always, type OpenDesk, orderOf } from './desk-parts.ts'
import { placeSignerFor } from './place-signer.ts'

/** Money that leaves the ledger: set apart first, and gone once somebody says that it was paid. */
export const createPayoutOrders = (
  parts: OpenDesk,
): Pick<SettlementDesk, 'redeem' | 'endPayout'> => ({
  redeem: ({ id, asset, amount, from }: PayoutOrder, errand: Errand) => {
    const body: BodyOf<'redeem'> = {
      kind: 'redeem',
      ...actingIn(errand.caller),
      asset,
      amount: units(amount),
      ...(from && { from: from.wallet }),
    }
    const foreign = from === undefined ? [] : [from.consent]
    return parts.orders.place(orderOf(parts, errand, { id, ...always(body), foreign }), errand)
  },
  endPayout: async ({ id, hold, paid, reference }: PayoutEnd, errand: Errand) => {
    const found = placeSignerFor(parts, errand.caller)
    if ('kind' in found) return found
    const { signer } = found
    const body: BodyOf<'payout.settle'> = { kind: 'payout.settle', hold, paid, reference }
    const acting = actingOf(parts.view(), signer.signerKey, body)
    if (typeof acting === 'string') return { kind: 'turned_away', code: acting }
    const order = orderOf(parts, errand, { id, ...always(body) })
    return parts.orders.place({ ...order, scope: acting.scope, signer }, errand)
  },
})
