import type { Applied, Cancelled, Refused } from '#api/ports/outcome.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'

/** What a recorded transaction means for the payment whose id it used up. */
export const stateOfEvent = (event: LedgerEvent): Applied | Cancelled | Refused => {
  const { outcome, kind, facts } = event
  if (outcome === 'applied') {
    return kind === 'payment.cancel' ? { status: 'cancelled', event } : { status: 'applied', event }
  }
  const missingAmount = facts?.missingAmount
  return {
    status: 'refused',
    code: outcome,
    facts: missingAmount === undefined ? {} : { missingAmount },
    event,
  }
}
