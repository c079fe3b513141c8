import type { BlockSummary, Page, PageQuery, Position } from '#api/ports/ledger.ts'
import type { WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { promised } from '../storage/completion.ts'
import type { Storage } from '../storage/storage.ts'
import { heldAbove, requireHeld } from './held.ts'
import type { Recent } from './recent.ts'

export type ChainPagesParts = {
  readonly recent: Recent
  readonly storage: Pick<Storage, 'reader'>
}

export const blockSummaryAt = (
  { recent, storage }: ChainPagesParts,
  height: number,
): BlockSummary | undefined => {
  const found = recent.block(height)?.block ?? storage.reader.block(height)
  if (found === undefined && height < recent.head().height) requireHeld(storage.reader, height)
  return found && { header: found.header, digest: found.digest }
}

/** Final blocks, newest first, down to where the copy begins. A block stands at index 0 of its height. */
export const blockPage = (
  parts: ChainPagesParts,
  { limit, after }: PageQuery,
): Page<BlockSummary> => {
  const head = parts.recent.head().height
  const from = after === undefined ? head : Math.min(head, after.height - 1)
  const begin = heldAbove(parts.storage.reader)
  const items: BlockSummary[] = []
  for (let height = from; height >= begin && items.length < limit; height--) {
    const block = blockSummaryAt(parts, height)
    if (block === undefined) throw new Error(`no final block at ${height}`)
    items.push(block)
  }
  const last = from - items.length + 1
  return last > begin && items.length > 0 ? { items, next: { height: last, index: 0 } } : { items }
}

/** Events that moved money of a wallet, newest first: what the store lacks yet, then the store. */
export const historyPage = async (
  { recent, storage }: ChainPagesParts,
  wallet: WalletId,
  { limit, after }: PageQuery,
): Promise<Page<LedgerEvent>> => {
  const unstored = recent.unstored()
  const fresh = unstored
    .flatMap(({ events }) => events)
    .filter((event) => moves(event, wallet) && isBelow(event, after))
    .toReversed()
  // What the store lacks came from memory; what becomes final from now on is above the height told.
  const firstUnstored = unstored[0]?.block.header.height ?? recent.head().height + 1
  const below = lowest(after, { height: firstUnstored, index: 0 })
  const stored = await promised<readonly LedgerEvent[]>((answer) =>
    storage.reader.history(wallet, { limit: limit + 1, below }, answer),
  )
  const all = [...fresh, ...stored]
  const items = all.slice(0, limit)
  const last = items.at(-1)
  if (last === undefined || all.length === items.length) return { items }
  return { items, next: { height: last.height, index: last.index } }
}

const moves = ({ movements }: LedgerEvent, wallet: WalletId): boolean =>
  movements.some((movement) => movement.wallet === wallet)

const isBelow = (position: Position, bound: Position | undefined): boolean =>
  bound === undefined ||
  position.height < bound.height ||
  (position.height === bound.height && position.index < bound.index)

const lowest = (a: Position | undefined, b: Position): Position =>
  a !== undefined && isBelow(a, b) ? a : b
