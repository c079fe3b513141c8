import type { OpenClearing, Position, Stock } from '#api/ports/books.ts'
import type { Page, PageQuery } from '#api/ports/ledger.ts'
import type { AssetId, HoldId, PlaceId, WalletId } from '#protocol/id.ts'
import type { PlaceRecord } from '#protocol/state/record.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import { paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { SETTLEMENT_OVERDUE_MS } from './book-limits.ts'
import { type Waiting, waitingPage } from './waiting-page.ts'

/**
 * What the reader and each other place have of each other's money, oldest place first; places with nothing
 * between them are left out. A look at each place for each of the assets that the two issue. Places come
 * and never go: the cursor is the number of the last one, wherever others stand by then.
 */
export const positionPage = (
  view: FinalView,
  reader: PlaceId,
  { limit, after }: PageQuery,
): Page<Position> => {
  const own = view.get('place', reader)
  if (own === undefined) return { items: [] }
  const items: Position[] = []
  let last = -1
  let number = -1
  for (const other of view.records('place')) {
    number += 1
    if (other.id === reader || number <= (after?.index ?? -1)) continue
    const owed = stocksOf(view, own.wallet, other)
    const owing = stocksOf(view, other.wallet, own)
    if (owed.length + owing.length === 0) continue
    if (items.length === limit) return { items, next: { height: 0, index: last } }
    items.push({ place: other.id, owed, owing })
    last = number
  }
  return { items }
}

/** What a wallet has of the money that a place issues. */
const stocksOf = (view: FinalView, wallet: WalletId, { assets }: PlaceRecord): readonly Stock[] =>
  assets.flatMap((asset) => {
    const stock = stockOf(view, wallet, asset)
    return stock.available + stock.held > 0 ? [{ asset, ...stock }] : []
  })

export const stockOf = (
  view: FinalView,
  wallet: WalletId,
  asset: AssetId,
): Omit<Stock, 'asset'> => {
  const balance = view.get('balance', `${wallet}/${asset}`)
  return { available: balance?.available ?? 0, held: balance?.held ?? 0 }
}

type WaitingClearing = Pick<OpenClearing, 'clearing' | 'sinceMs' | 'overdue'>

/** Clearings of the reader that nobody has settled. A clearing's id tells its time. */
export const openClearingsOf = (
  view: FinalView,
  { reader, nowMs }: { readonly reader: PlaceId; readonly nowMs: number },
): readonly WaitingClearing[] =>
  [...view.records('clearing')]
    .filter(({ place, other }) => place === reader || other === reader)
    .map((clearing) => {
      const sinceMs = paymentIdTimeMs(clearing.id)
      return { clearing, sinceMs, overdue: nowMs - sinceMs >= SETTLEMENT_OVERDUE_MS }
    })

/** Oldest first. */
export const openClearingPage = (
  view: FinalView,
  of: { readonly reader: PlaceId; readonly nowMs: number },
  query: PageQuery,
): Page<OpenClearing> => {
  const { items, ...rest } = waitingPage(openClearingsOf(view, of), nameOf, query)
  return {
    items: items.map((open) => ({
      ...open,
      gives: holdsOf(view, open.clearing.holds),
      takes: holdsOf(view, open.clearing.otherHolds),
    })),
    ...rest,
  }
}

/** Two places may have called two clearings alike. */
const nameOf = ({ clearing, sinceMs }: WaitingClearing): Waiting => ({
  sinceMs,
  name: `${clearing.place}/${clearing.id}`,
})

const holdsOf = (view: FinalView, ids: readonly HoldId[]): readonly HoldRecord[] =>
  ids.flatMap((id) => view.get('hold', id) ?? [])
