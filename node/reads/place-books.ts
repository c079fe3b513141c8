import type { Head, Position } from '#api/ports/ledger.ts'
import type { BookLine, BookVisit, LinesQuery, PlaceBooks } from '#api/ports/ledger-books.ts'
import { LINES_PER_TRANSACTION } from '#api/ports/ledger-books.ts'
import type { PlaceId } from '#protocol/id.ts'
import { blockTimeMs, lastHeightBefore } from './block-times.ts'
import { CLOSINGS_REQUEST_MS, EXPORT_MS } from './book-limits.ts'
import type { BookOwner } from './book-lines.ts'
import { bookPass } from './book-pass.ts'
import { createBookPasses } from './book-passes.ts'
import { type ClosingsParts, createClosings } from './closings.ts'
import { heldAbove, requireHeld } from './held.ts'
import type { Recent } from './recent.ts'

export type PlaceBooksParts = ClosingsParts & {
  readonly recent: Pick<Recent, 'block' | 'head' | 'reachStored' | 'storedHeight'>
  /** The place that this node acts for. */
  readonly own: () => PlaceId | undefined
}

/** The books of a place, as its store has them: what is told no power cut can undo. */
export const createPlaceBooks = (parts: PlaceBooksParts): PlaceBooks => {
  const { recent, storage, clock } = parts
  const closings = createClosings(parts)
  const passes = createBookPasses(parts.own)

  /** The newest stored block, which soon is the newest final one. */
  const storedHead = async (signal: AbortSignal): Promise<Head> => {
    await recent.reachStored(recent.head().height, signal).catch(() => undefined)
    const height = recent.storedHeight()
    return { height, timeMs: blockTimeMs(storage, height) }
  }

  return {
    closings: async (query, { keyId, signal }) => {
      const close = passes.open({ place: query.place, keyId })
      if (close === undefined) return 'busy'
      const untilMs = clock.monotonicMs() + CLOSINGS_REQUEST_MS
      try {
        const head = await storedHead(signal)
        const owner = ownerOf(parts, query.place)
        if (owner === undefined) return { ...head, value: { items: [] } }
        return await closings.page({ ...query, owner, untilMs, signal }, head)
      } finally {
        close()
      }
    },
    lines: async (query, { keyId, signal }) => {
      const close = passes.open({ place: query.place, keyId })
      if (close === undefined) return 'busy'
      const untilMs = clock.monotonicMs() + EXPORT_MS
      try {
        const head = await storedHead(signal)
        const owner = ownerOf(parts, query.place)
        const lines = linesIn(parts, { ...query, owner, untilMs, signal }, head)
        return { head, lines: until(lines, close) }
      } catch (error) {
        close()
        throw error
      }
    },
  }
}

/** The lines, and then `close`, however it ends. Whoever takes it must ask for a line or return. */
const until = (lines: AsyncGenerator<BookLine>, close: () => void): AsyncGenerator<BookLine> => {
  let isOpen = true
  const closed = <T>(result: T): T => {
    if (isOpen) close()
    isOpen = false
    return result
  }
  const ended = (error: unknown): never => {
    closed(undefined)
    throw error
  }
  return {
    next: () => lines.next().then((step) => (step.done === true ? closed(step) : step), ended),
    return: (value) => lines.return(value).then(closed, ended),
    throw: (error) => lines.throw(error).then(closed, ended),
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: () => lines.return(undefined).then(() => closed(undefined), ended),
  }
}

const ownerOf = (
  { view }: Pick<PlaceBooksParts, 'view'>,
  place: PlaceId,
): BookOwner | undefined => {
  const wallet = view().get('place', place)?.wallet
  return wallet && { place, wallet }
}

type LinesJob = LinesQuery &
  Pick<BookVisit, 'signal'> & {
    readonly owner: BookOwner | undefined
    readonly untilMs: number
  }

async function* linesIn(
  parts: PlaceBooksParts,
  { owner, fromMs, beforeMs, till, after, untilMs, signal }: LinesJob,
  head: Head,
): AsyncGenerator<BookLine> {
  if (owner === undefined) return
  const { storage, clock } = parts
  if (after === undefined) requireTimeHeld(storage, fromMs)
  const upTo =
    beforeMs === undefined ? head.height : lastHeightBefore(storage, beforeMs, head.height)
  const first = fromMs === undefined ? 0 : lastHeightBefore(storage, fromMs, head.height) + 1
  const above = startOf(after, first)
  for await (const { entry } of bookPass(parts, owner, { above, upTo })) {
    // Also when no line is asked for, or nobody waits for one: then nobody else would end it.
    signal.throwIfAborted()
    if (clock.monotonicMs() > untilMs) throw new Error('the export took too long')
    for (const line of entry.lines) {
      if (isAfter(line, after) && (till === undefined || line.till === till)) yield line
    }
  }
}

/** What a place did before the copy begins is not in it: an export that begins earlier would lack it. */
const requireTimeHeld = (storage: PlaceBooksParts['storage'], fromMs: number | undefined): void => {
  const begin = heldAbove(storage.reader)
  const isHeld = begin === 0 || (fromMs ?? 0) > blockTimeMs(storage, begin)
  if (!isHeld) requireHeld(storage.reader, begin)
}

/** The transaction of the line that `after` names is read again: more of its lines may follow. */
const startOf = (after: Position | undefined, first: number): Position => {
  if (after === undefined || after.height < first) return { height: first, index: -1 }
  return { height: after.height, index: Math.floor(after.index / LINES_PER_TRANSACTION) - 1 }
}

const isAfter = ({ height, index, line }: BookLine, after: Position | undefined): boolean =>
  after === undefined ||
  height > after.height ||
  (height === after.height && index * LINES_PER_TRANSACTION + line > after.index)
