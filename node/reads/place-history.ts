import type { Position } from '#api/ports/ledger.ts'
import type { PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { promised } from '../storage/completion.ts'
import type { Storage } from '../storage/storage.ts'
import { HISTORY_PAGE } from './book-limits.ts'

export type PlaceHistoryParts = { readonly storage: Pick<Storage, 'reader'> }

export type PlaceHistoryQuery = {
  readonly place: PlaceId
  readonly wallet: WalletId
  /** Only events strictly above this. */
  readonly above: Position
  /** Only events of blocks up to this one. */
  readonly upTo: number
}

/**
 * What a place did and what moved its money, each once, oldest first. The store has two indexes for that,
 * which are read side by side, a page of each at a time.
 */
export async function* placeHistory(
  parts: PlaceHistoryParts,
  { place, wallet, above, upTo }: PlaceHistoryQuery,
): AsyncGenerator<LedgerEvent> {
  const own = risingEvents(parts, place, above)
  const moved = risingEvents(parts, wallet, above)
  let [left, right] = [await nextOf(own), await nextOf(moved)]
  for (;;) {
    const event = earlier(left, right)
    if (event === undefined || event.height > upTo) return
    yield event
    if (left !== undefined && isSame(left, event)) left = await nextOf(own)
    if (right !== undefined && isSame(right, event)) right = await nextOf(moved)
  }
}

async function* risingEvents(
  { storage }: PlaceHistoryParts,
  owner: PlaceId | WalletId,
  from: Position,
): AsyncGenerator<LedgerEvent> {
  let above = from
  for (;;) {
    const page = await promised<readonly LedgerEvent[]>((answer) =>
      storage.reader.rising(owner, { limit: HISTORY_PAGE, above }, answer),
    )
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < HISTORY_PAGE) return
    above = { height: last.height, index: last.index }
  }
}

const nextOf = async (events: AsyncGenerator<LedgerEvent>): Promise<LedgerEvent | undefined> => {
  const next = await events.next()
  return next.done === true ? undefined : next.value
}

const earlier = (
  a: LedgerEvent | undefined,
  b: LedgerEvent | undefined,
): LedgerEvent | undefined => {
  if (a === undefined || b === undefined) return a ?? b
  return isBefore(b, a) ? b : a
}

const isBefore = (a: Position, b: Position): boolean =>
  a.height < b.height || (a.height === b.height && a.index < b.index)

const isSame = (a: Position, b: Position): boolean => a.height === b.height && a.index === b.index
