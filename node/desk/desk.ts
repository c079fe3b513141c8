import { v7 } from 'uuid'
import type { Desk } from '#api/ports/desk.ts'
import type { Submissions } from '#api/ports/submissions.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { createGiveBack } from '../leases/give-back.ts'
import { LEASE_SECRET } from '../leases/lease-key.ts'
import { createCancellation } from './cancellation.ts'
import { createCardBatches } from './card-batches.ts'
import { createCardEndings } from './card-endings.ts'
import { createCardOrders } from './card-orders.ts'
import { createClearingOrders } from './clearing-orders.ts'
import { type DeskParts, type OpenDesk, signerOf } from './desk-parts.ts'
import { createHoldOrders } from './hold-orders.ts'
import { createOwnOrders } from './own-orders.ts'
import { createPaymentOrders } from './payment-orders.ts'
import { createPayoutOrders } from './payout-orders.ts'
import { createServiceOrders } from './service-orders.ts'

/** The node builds and signs for those who have an API key and no key of their own. */
export const createDesk = (
  parts: DeskParts & { readonly submissions: Pick<Submissions, 'submit'> },
): Desk => {
  const open = { ...openDesk(parts), submissions: parts.submissions }
  const cancel = createCancellation(parts)
  return {
    ...createPaymentOrders(open),
    ...createCardOrders(open),
    ...createCardBatches(open),
    ...createCardEndings(open),
    ...createHoldOrders(open),
    ...createServiceOrders(open),
    ...createPayoutOrders(open),
    ...createClearingOrders(open),
    cancel: async (id, errand) =>
      cancel(id, { caller: errand.caller, signer: signerOf(parts, errand.caller) }, errand),
  }
}

const openDesk = (parts: DeskParts): OpenDesk => {
  const orders = createOwnOrders(parts)
  const { leases, keys, clock } = parts
  const giveBack = createGiveBack({
    leases,
    orders,
    signer: () => keys(LEASE_SECRET),
    newId: () => PaymentId.parse(v7({ msecs: clock.wallMs() })),
    wallMs: clock.wallMs,
  })
  return { ...parts, orders, giveBack }
}
