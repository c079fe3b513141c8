import type { OpenClearing, Position, Stock } from '#api/ports/books.ts'
import type { AssetId, HoldId, PlaceId, WalletId } from '#protocol/id.ts'
import type { PlaceRecord } from '#protocol/state/record.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import { paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { SETTLEMENT_OVERDUE_MS } from './book-limits.ts'

/**
 * What the reader and each other place have of each other's money, oldest place first; places with nothing
 * between them are left out. A look at each place for each of the assets that the two issue.
 */
export const positionsOf = (view: FinalView, reader: PlaceId): readonly Position[] => {
  const own = view.get('place', reader)
  if (own === undefined) return []
  const positions: Position[] = []
  for (const other of view.records('place')) {
    if (other.id === reader) continue
    const owed = stocksOf(view, own.wallet, other)
    const owing = stocksOf(view, other.wallet, own)
    if (owed.length + owing.length > 0) positions.push({ place: other.id, owed, owing })
  }
  return positions
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

/** Clearings of the reader that nobody has settled, oldest first. A clearing's id tells its time. */
export const openClearingsOf = (
  view: FinalView,
  reader: PlaceId,
  nowMs: number,
): readonly OpenClearing[] =>
  [...view.records('clearing')]
    .filter(({ place, other }) => place === reader || other === reader)
    .map((clearing) => {
      const sinceMs = paymentIdTimeMs(clearing.id)
      return {
        clearing,
        gives: holdsOf(view, clearing.holds),
        takes: holdsOf(view, clearing.otherHolds),
        sinceMs,
        overdue: nowMs - sinceMs >= SETTLEMENT_OVERDUE_MS,
      }
    })
    .toSorted((a, b) => a.sinceMs - b.sinceMs)

const holdsOf = (view: FinalView, ids: readonly HoldId[]): readonly HoldRecord[] =>
  ids.flatMap((id) => view.get('hold', id) ?? [])
