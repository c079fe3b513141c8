import type { Books } from '#api/ports/books.ts'
import type { Head } from '#api/ports/ledger.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { openPayoutsOf, type PayoutsParts, payoutPage } from './payouts.ts'
import { openClearingPage, positionPage } from './positions.ts'
import { reservesOf } from './reserves.ts'

export type BooksParts = Pick<PayoutsParts, 'payoutBook'> & {
  readonly view: () => FinalView
  readonly head: () => Head
}

/** Money between places and behind assets, in final state. */
export const createBooks = ({ view, head, payoutBook }: BooksParts): Books => {
  const headMs = () => head().timeMs
  return {
    positions: async (reader, query) => ({ ...head(), value: positionPage(view(), reader, query) }),
    openClearings: async (reader, query) => ({
      ...head(),
      value: openClearingPage(view(), { reader, nowMs: headMs() }, query),
    }),
    openPayouts: async (reader, query) => {
      const payouts = openPayoutsOf({ view, headMs, payoutBook }, { place: reader })
      return { ...head(), value: payoutPage(payouts, query) }
    },
    reserves: async ({ from, limit, reader }) => {
      const assets = [...view().records('asset')]
      const page = assets.slice(from, from + limit)
      const value = {
        reserves: reservesOf(view(), page, reader),
        more: from + limit < assets.length,
      }
      return { ...head(), value }
    },
  }
}
