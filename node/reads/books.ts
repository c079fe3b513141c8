import type { Books } from '#api/ports/books.ts'
import type { Head } from '#api/ports/ledger.ts'
import { createPayouts, type PayoutsParts } from './payouts.ts'
import { openClearingsOf, positionsOf } from './positions.ts'
import { reservesOf } from './reserves.ts'

export type BooksParts = Omit<PayoutsParts, 'headMs'> & { readonly head: () => Head }

/** Money between places and behind assets, in final state. */
export const createBooks = (parts: BooksParts): Books => {
  const { view, head } = parts
  const payouts = createPayouts({ ...parts, headMs: () => head().timeMs })
  return {
    positions: async (reader) => ({ ...head(), value: positionsOf(view(), reader) }),
    openClearings: async (reader) => ({
      ...head(),
      value: openClearingsOf(view(), reader, head().timeMs),
    }),
    openPayouts: async (reader) => {
      const at = head()
      return { ...at, value: await payouts.openOf({ place: reader }) }
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
