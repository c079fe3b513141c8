import type { BlockEntry, Entry, EventPage } from '#api/ports/events.ts'
import type { Position } from '#api/ports/ledger.ts'
import type { GrantId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { promised } from '../storage/completion.ts'
import { PAGE_MAX } from '../storage/limits.ts'
import type { Storage } from '../storage/storage.ts'
import { heldAbove, requireHeld } from './held.ts'
import { SHARED_PAGES_MAX } from './limits.ts'
import type { Recent } from './recent.ts'

export type EventPagesParts = {
  readonly recent: Pick<Recent, 'storedHeight'>
  readonly storage: Pick<Storage, 'reader'>
  /** The label of a grant. */
  readonly tillOf: (grant: GrantId) => string | undefined
}

/** Everybody's entries above a position; readers at one position are given one page. */
export type ReadPage = (after: Position, limit: number) => Promise<EventPage>

type Shared = { readonly storedHeight: number; readonly page: Promise<EventPage> }

/** Above every index that the store can name. */
const INDEX_MAX = 0xffff_ffff

/**
 * The stream as the store has it: what is shown no power cut can undo. Who follows it stands at its end
 * with everybody else who does: of each stored height they share one read.
 */
export const createEventPages = (parts: EventPagesParts): ReadPage => {
  const shared = new Map<string, Shared>()

  const keep = (name: string, made: Shared): Promise<EventPage> => {
    shared.delete(name)
    shared.set(name, made)
    const [oldest] = shared.keys()
    if (shared.size > SHARED_PAGES_MAX && oldest !== undefined) shared.delete(oldest)
    made.page.catch(() => {
      if (shared.get(name) === made) shared.delete(name)
    })
    return made.page
  }

  return (after, limit) => {
    const storedHeight = parts.recent.storedHeight()
    const from = startOf(parts.storage.reader, after)
    const max = Math.min(limit, PAGE_MAX)
    const name = `${from.height}/${from.index}/${max}`
    const known = shared.get(name)
    // One that is full says the same for ever; it is read again all the same, by whoever is late.
    if (known?.storedHeight === storedHeight) return known.page
    return keep(name, { storedHeight, page: readPage(parts, { storedHeight, from, max }) })
  }
}

/** Whoever has read nothing yet begins where the copy does; whoever has would miss what lies between. */
const startOf = (reader: Storage['reader'], { height, index }: Position): Position => {
  if (height > 0) requireHeld(reader, height + 1)
  const begin = heldAbove(reader)
  if (height < begin) return endOf(begin)
  return { height, index: Math.min(index, INDEX_MAX) }
}

const readPage = async (
  parts: EventPagesParts,
  asked: { readonly storedHeight: number; readonly from: Position; readonly max: number },
): Promise<EventPage> => {
  const { storage, tillOf } = parts
  const { storedHeight, from, max } = asked
  const events = await promised<readonly LedgerEvent[]>((answer) =>
    storage.reader.events(from, max, answer),
  )
  const within = events.filter(({ height }) => height <= storedHeight)
  const isComplete = events.length < max || within.length < events.length
  const lastEvent = within.at(-1)
  const until = isComplete || lastEvent === undefined ? endOf(storedHeight) : positionOf(lastEvent)
  const blocks = blockEntries(parts, { ...asked, until })
  const transactions = within.map((event) => entryOf(event, tillOf))
  const considered = [...transactions, ...blocks].toSorted(byPosition)
  const entries = considered.slice(0, max)
  const last = entries.at(-1)
  return {
    entries,
    next: last === undefined ? from : positionOf(last),
    more: !(isComplete && blocks.length < max) || entries.length < considered.length,
  }
}

/** Entries of blocks above `from` and up to `until`, oldest first, at most so many. */
const blockEntries = (
  { storage }: Pick<EventPagesParts, 'storage'>,
  {
    storedHeight,
    from,
    until,
    max,
  }: {
    readonly storedHeight: number
    readonly from: Position
    readonly until: Position
    readonly max: number
  },
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

const entryOf = (event: LedgerEvent, tillOf: EventPagesParts['tillOf']): Entry => {
  const till = event.grant && tillOf(event.grant)
  return { kind: 'transaction', event, ...(till !== undefined && { till }) }
}

const positionOf = (entry: Entry | Position): Position => {
  const { height, index } = 'event' in entry ? entry.event : entry
  return { height, index }
}

const endOf = (height: number): Position => ({ height, index: INDEX_MAX })

const byPosition = (a: Entry, b: Entry): number => compare(positionOf(a), positionOf(b))

const compare = (a: Position, b: Position): number => a.height - b.height || a.index - b.index
