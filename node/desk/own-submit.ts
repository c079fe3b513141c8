import { actingOf } from '#protocol/ledger/scope.ts'
import type { NodeOperations } from '../control/operations.ts'
import type { KeyRing } from './key-ring.ts'
import { ORDER_LIFE_MS } from './limits.ts'
import { createOwnOrders, type OwnOrder, type OwnOrdersParts } from './own-orders.ts'
import { unavailable } from './submitter.ts'

/**
 * Submits what this node signs in its own name, by its place, operator or gateway key. A block says
 * whether state agrees.
 */
export const createOwnSubmit = (
  parts: OwnOrdersParts & { readonly keys: KeyRing },
): NodeOperations['submit'] => {
  const orders = createOwnOrders(parts)
  return async ({ id, body, as, consents, expMs, waitMs }) => {
    const signer = parts.keys(as)
    if (signer === undefined) return { kind: 'turned_away', code: 'signer_unknown' }
    const acting = actingOf(parts.view(), signer.signerKey, body)
    if (typeof acting === 'string') {
      const blocked = parts.blockedBy()
      return blocked === undefined ? { kind: 'turned_away', code: acting } : unavailable(blocked)
    }
    const order: OwnOrder = {
      id,
      scope: acting.scope,
      draft: () => body,
      alike: () => [body],
      signer,
      expMs: expMs ?? parts.clock.wallMs() + ORDER_LIFE_MS,
      foreign: consents ?? [],
      judged: 'in_block',
    }
    return orders.place(order, { waitMs, signal: NEVER })
  }
}

/** Whoever calls bounds the waiting by its time alone. */
const NEVER = new AbortController().signal
