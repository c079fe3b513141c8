import type { Scope } from '../state/record.ts'
import type { PaymentId } from '../transaction/payment-id.ts'

/**
 * The key of what a scope's payment id names: the record of the id, and that of the sale. The last
 * one is kept, since both come one after the other, and a new text would have to be put together and
 * hashed again.
 */
export const paymentKey = (scope: Scope, id: PaymentId): string => {
  if (scope !== last.scope || id !== last.id) last = { scope, id, key: `${scope}/${id}` }
  return last.key
}

let last: { readonly scope?: Scope; readonly id?: PaymentId; readonly key: string } = { key: '' }
