import type { Caller } from '#api/ports/caller.ts'
import type { SubmissionAnswer } from '#api/ports/outcome.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { idLapsesAtMs } from './door.ts'
import type { Signer } from './key-ring.ts'
import type { OwnOrdersParts } from './own-orders.ts'
import { signOwn } from './own-transaction.ts'
import type { Waiting } from './patience.ts'
import { ANY_OUTCOME, isCancelling, replayOf, unavailable } from './submitter.ts'

/**
 * Uses a payment's id up, unless it is used up already, and tells what became of the payment. State
 * is not asked ahead: a refusal would leave the id open. The cancellation lives as long as any
 * transaction under its id can, so that its expiry is the payment's too.
 */
export const createCancellation = (
  parts: OwnOrdersParts,
): ((
  id: PaymentId,
  by: { readonly caller: Caller; readonly signer: Signer },
  waiting: Waiting,
) => Promise<SubmissionAnswer>) => {
  const { outcomes, tombstones, submitter, leases } = parts
  return async (id, { caller: { place, grant, till }, signer }, waiting) => {
    const use = outcomes.toldOf(place, id)
    if (use?.by === 'tombstone') await tombstones.settled(use.scope, id)
    if (use?.by === 'capture') await leases.stored(use.scope, id)
    if (use !== undefined && use.by !== 'outbox') return replayOf(id, use.state)
    // What ends in the name of the place's wallet is told, and not cancelled in that of the place.
    const known = use?.scope === place ? use.entries.find(isCancelling) : use?.entries[0]
    if (known !== undefined) return submitter.join(known, ANY_OUTCOME, waiting)
    const blocked = parts.blockedBy()
    if (blocked !== undefined) return unavailable(blocked)
    const exp = idLapsesAtMs(parts.view(), { scope: place, id }) / 1_000
    const body = { kind: 'payment.cancel', place, grant } as const
    const signed = signOwn({ id, body, signer, exp, own: [], foreign: [] }, parts)
    if (!signed.ok) return { kind: 'turned_away', code: signed.code }
    return submitter.admit(signed.transaction, { note: { till }, asked: ANY_OUTCOME }, waiting)
  }
}
