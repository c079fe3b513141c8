import type { OpenPayout } from '#api/ports/books.ts'
import type { HoldId, Key, PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { OPENING_PAGE, OPENING_PAGES_MAX, SETTLEMENT_OVERDUE_MS } from './book-limits.ts'
import { type ChainPagesParts, historyPage } from './chain-pages.ts'

export type PayoutsParts = ChainPagesParts & {
  readonly view: () => FinalView
  readonly headMs: () => number
}

export type PayoutOwner = {
  readonly place?: PlaceId | undefined
  readonly gateway?: Key | undefined
}

export type Payouts = {
  /** Those that are paid to the place, and those that it or the gateway pays; oldest first. */
  readonly openOf: (own: PayoutOwner) => Promise<readonly OpenPayout[]>
}

/**
 * Payouts that nobody has settled. A hold's record does not say when it was opened: its owner's history
 * does, which is read back to there once and remembered as long as the hold is open.
 */
export const createPayouts = (parts: PayoutsParts): Payouts => {
  /** Undefined: looked for as far back as may be, and not found. */
  const openings = new Map<HoldId, number | undefined>()

  const sinceOf = async ({ id, owner }: HoldRecord): Promise<number | undefined> => {
    if (!openings.has(id)) openings.set(id, await openingOf(parts, owner, id))
    return openings.get(id)
  }

  return {
    openOf: async (own) => {
      const holds = payoutsOf(parts.view(), own)
      const open: OpenPayout[] = []
      for (const { hold, payer } of holds) {
        const sinceMs = await sinceOf(hold)
        // What is older than one can look back to has waited for long in any case.
        const overdue = sinceMs === undefined || parts.headMs() - sinceMs >= SETTLEMENT_OVERDUE_MS
        open.push({ hold, payer, overdue, ...(sinceMs !== undefined && { sinceMs }) })
      }
      forgetClosed(openings, parts.view())
      return open.toSorted((a, b) => (a.sinceMs ?? 0) - (b.sinceMs ?? 0))
    },
  }
}

type Found = Pick<OpenPayout, 'hold' | 'payer'>

const payoutsOf = (view: FinalView, { place, gateway }: PayoutOwner): readonly Found[] => {
  const wallet = place && view.get('place', place)?.wallet
  const found: Found[] = []
  for (const hold of view.records('hold')) {
    if (hold.purpose !== 'payout') continue
    const isOfPlace = hold.owner === wallet || hold.beneficiary === place
    if (!(place !== undefined && isOfPlace) && hold.key !== gateway) continue
    const isOfGateway = view.get('asset', hold.asset)?.gateway !== undefined
    found.push({ hold, payer: isOfGateway ? 'gateway' : 'place' })
  }
  return found
}

/** When a hold was opened; undefined when that is further back than is looked. */
const openingOf = async (
  parts: ChainPagesParts,
  owner: WalletId,
  hold: HoldId,
): Promise<number | undefined> => {
  let after: { readonly height: number; readonly index: number } | undefined
  for (let pages = 0; pages < OPENING_PAGES_MAX; pages++) {
    const page = await historyPage(parts, owner, { limit: OPENING_PAGE, ...(after && { after }) })
    const opening = page.items.find((event: LedgerEvent) => event.created.includes(hold))
    if (opening !== undefined) return opening.timeMs
    if (page.next === undefined) return undefined
    after = page.next
  }
  return undefined
}

const forgetClosed = (openings: Map<HoldId, number | undefined>, view: FinalView): void => {
  for (const id of openings.keys()) {
    if (view.get('hold', id) === undefined) openings.delete(id)
  }
}
