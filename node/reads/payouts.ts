import type { OpenPayout } from '#api/ports/books.ts'
import type { Page, PageQuery } from '#api/ports/ledger.ts'
import type { Key, PlaceId } from '#protocol/id.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { SETTLEMENT_OVERDUE_MS } from './book-limits.ts'
import type { PayoutBook, Since } from './payout-book.ts'
import { waitingPage } from './waiting-page.ts'

export type PayoutsParts = {
  readonly view: () => FinalView
  readonly headMs: () => number
  readonly payoutBook: Pick<PayoutBook, 'all'>
}

export type PayoutOwner = {
  readonly place?: PlaceId | undefined
  readonly gateway?: Key | undefined
}

/** Those that are paid to the place, and those that it or the gateway pays. */
export const openPayoutsOf = (
  { view, headMs, payoutBook }: PayoutsParts,
  own: PayoutOwner,
): readonly OpenPayout[] => {
  const state = view()
  const nowMs = headMs()
  return payoutBook
    .all()
    .filter(({ hold }) => concerns(state, hold, own))
    .map(({ hold, since }) => ({
      hold,
      payer: state.get('asset', hold.asset)?.gateway === undefined ? 'place' : 'gateway',
      overdue: isOverdue(since, nowMs),
      ...(typeof since === 'number' && { sinceMs: since }),
    }))
}

/** Oldest first: what is older than this node knows before all others. */
export const payoutPage = (payouts: readonly OpenPayout[], query: PageQuery): Page<OpenPayout> =>
  waitingPage(payouts, ({ hold, sinceMs = 0 }) => ({ sinceMs, name: hold.id }), query)

const concerns = (
  view: FinalView,
  { owner, beneficiary, key }: HoldRecord,
  { place, gateway }: PayoutOwner,
): boolean => {
  if (gateway !== undefined && key === gateway) return true
  if (place === undefined) return false
  return beneficiary === place || owner === view.get('place', place)?.wallet
}

/** What is older than one looks back has waited for long in any case. */
const isOverdue = (since: Since, nowMs: number): boolean =>
  since === 'earlier' || (since !== 'sought' && nowMs - since >= SETTLEMENT_OVERDUE_MS)
