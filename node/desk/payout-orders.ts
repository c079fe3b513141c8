import type { Errand } from '#api/ports/desk.ts'
import type { PayoutEnd, PayoutOrder, SettlementDesk } from '#api/ports/settlement-desk.ts'
import { units } from '#protocol/amount.ts'
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
    const body: BodyOf<'payout.settle'> = { kind: 'payout.settle', hold, paid, reference }
    const found = placeSignerFor(parts, errand.caller)
    // What was settled is told whoever keeps the key by now: the id is looked up before that matters.
    const draft = () => ('kind' in found ? found : body)
    const order = orderOf(parts, errand, { id, draft, alike: () => [body] })
    const scope = parts.view().get('place', errand.caller.place)?.wallet ?? order.scope
    const signer = 'kind' in found ? order.signer : found.signer
    return parts.orders.place({ ...order, scope, signer }, errand)
  },
})
