import type { Warning } from '#api/ports/health.ts'
import type { Key, PlaceId } from '#protocol/id.ts'
import type { PayoutBook } from './payout-book.ts'
import { openPayoutsOf, type PayoutsParts } from './payouts.ts'
import { openClearingsOf } from './positions.ts'

export type OverdueParts = Omit<PayoutsParts, 'payoutBook'> & {
  readonly payoutBook: Pick<PayoutBook, 'all' | 'lookBack'>
  /** Whom this node acts for: the place and the gateway whose keys it keeps. */
  readonly own: () => { readonly place: PlaceId | undefined; readonly gateway: Key | undefined }
}

/** What has waited for too long for somebody to settle it. */
export type Overdue = {
  /** Looks; to be called now and then. The first time it waits until the payout book has looked back. */
  readonly observe: () => Promise<void>
  /** What the last look found. */
  readonly warnings: () => readonly Warning[]
}

/**
 * Payouts and clearings never end by themselves: somebody is to be told of those that nobody ends. A look
 * goes over all that wait, so that it is taken now and then and not at every question.
 */
export const createOverdue = (parts: OverdueParts): Overdue => {
  let found: readonly Warning[] = []
  return {
    observe: async () => {
      await parts.payoutBook.lookBack()
      const { place, gateway } = parts.own()
      const nowMs = parts.headMs()
      const clearings =
        place === undefined ? [] : openClearingsOf(parts.view(), { reader: place, nowMs })
      const waiting = openPayoutsOf(parts, { place, gateway })
      found = [...warningOf('payout_overdue', waiting), ...warningOf('clearing_overdue', clearings)]
    },
    warnings: () => found,
  }
}

type Waiting = { readonly overdue: boolean; readonly sinceMs?: number }

const warningOf = (code: Warning['code'], waiting: readonly Waiting[]): readonly Warning[] => {
  const overdue = waiting.filter((one) => one.overdue)
  if (overdue.length === 0) return []
  const times = overdue.flatMap(({ sinceMs }) => sinceMs ?? [])
  const sinceMs = times.length === 0 ? undefined : Math.min(...times)
  return [{ code, count: overdue.length, ...(sinceMs !== undefined && { sinceMs }) }]
}
