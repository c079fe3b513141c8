import type { BlockEntry, Entry, EventPage, Events } from '#api/ports/events.ts'
import type { Position } from '#api/ports/ledger.ts'
import type { PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { promised } from '../storage/completion.ts'
import { PAGE_MAX } from '../storage/limits.ts'
import type { Storage } from '../storage/storage.ts'
import type { Recent } from './recent.ts'

export type EventsParts = {
  readonly view: () => FinalView
  readonly recent: Pick<Recent, 'storedHeight' | 'reachStored'>
  readonly storage: Pick<Storage, 'reader'>
}

/** Above every index that the store can name. */
const INDEX_MAX = 0xffff_ffff

/**
 * The stream as the store has it: what is shown no power cut can undo. Each page considers so many
 * entries of everybody and shows those that concern the reader.
 */
export const createEvents = ({ view, recent, storage }: EventsParts): Events => ({
  after: async ({ reader, after, limit }) => {
    const storedHeight = recent.storedHeight()
    const max = Math.min(limit, PAGE_MAX)
    const from = { height: after.height, index: Math.min(after.index, INDEX_MAX) }
    const events = await promised<readonly LedgerEvent[]>((answer) =>
      storage.reader.events(from, max, answer),
    )
    const within = events.filter(({ height }) => height <= storedHeight)
    const isComplete = events.length < max || within.length < events.length
    const lastEvent = within.at(-1)
    const until =
      isComplete || lastEvent === undefined ? endOf(storedHeight) : positionOf(lastEvent)
    const blocks = blockEntries({ storage, storedHeight }, { from: after, until, max })
    const considered = [...within.map(entryOf), ...blocks].toSorted(byPosition)
    const wallet = view().get('place', reader)?.wallet
    const isLast = isComplete && blocks.length < max
    return pageOf(considered, { after, max, isLast, shows: concerns({ reader, wallet }) })
  },
  reach: recent.reachStored,
})

const pageOf = (
  considered: readonly Entry[],
  {
    after,
    max,
    isLast,
    shows,
  }: {
    readonly after: Position
    readonly max: number
    readonly isLast: boolean
    readonly shows: (entry: Entry) => boolean
  },
): EventPage => {
  const taken = considered.slice(0, max)
  const last = taken.at(-1)
  return {
    entries: taken.filter(shows),
    next: last === undefined ? after : positionOf(last),
    more: !isLast || taken.length < considered.length,
  }
}

/** Entries of blocks above `from` and up to `until`, oldest first, at most so many. */
const blockEntries = (
  { storage, storedHeight }: Pick<EventsParts, 'storage'> & { readonly storedHeight: number },
  { from, until, max }: { readonly from: Position; readonly until: Position; readonly max: number },
): readonly BlockEntry[] => {
  const entries: BlockEntry[] = []
  for (let height = from.height; height <= storedHeight && entries.length < max; height++) {
    const header = storage.reader.block(height)?.header
    if (header === undefined) throw new Error(`no stored block at ${height}`)
    const { transactionCount: transactions, timestampMs: timeMs } = header
    const entry = { kind: 'block', height, index: transactions, timeMs, transactions } as const
    if (compare(entry, until) > 0) break
    if (compare(entry, from) > 0) entries.push(entry)
  }
  return entries
}

const entryOf = (event: LedgerEvent): Entry => ({ kind: 'transaction', event })

const positionOf = (entry: Entry | Position): Position => {
  const { height, index } = 'event' in entry ? entry.event : entry
  return { height, index }
}

const endOf = (height: number): Position => ({ height, index: INDEX_MAX })

const byPosition = (a: Entry, b: Entry): number => compare(positionOf(a), positionOf(b))

const compare = (a: Position, b: Position): number => a.height - b.height || a.index - b.index

/** Blocks are everybody's; a transaction is its place's, and that of the place whose money it moved. */
const concerns =
  ({ reader, wallet }: { readonly reader: PlaceId; readonly wallet: WalletId | undefined }) =>
  (entry: Entry): boolean => {
    if (entry.kind === 'block') return true
    const { place, scope, movements } = entry.event
    if (place === reader || scope === reader) return true
    return movements.some((movement) => movement.wallet === wallet)
  }
