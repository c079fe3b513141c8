import type { At, Head, Page, Position } from '#api/ports/ledger.ts'
import type { Closing, ClosingsQuery } from '#api/ports/ledger-books.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { DAY_MS, dayEndMs, dayOf } from '#protocol/ledger/period.ts'
import type { Clock } from '../loop/ports.ts'
import { promised } from '../storage/completion.ts'
import { blockTimeMs, lastHeightBefore } from './block-times.ts'
import { CLOSING_DAYS_MAX, CLOSING_PASS_MS } from './book-limits.ts'
import type { BookOwner } from './book-lines.ts'
import { type BookPassParts, bookPass } from './book-pass.ts'
import { type ClosingSums, createClosingSums } from './closing-sums.ts'

export type ClosingsParts = BookPassParts & { readonly clock: Pick<Clock, 'monotonicMs'> }

type OwnedQuery = ClosingsQuery & { readonly owner: BookOwner }

/** Days of places, added up as far as somebody asked. */
export type Closings = {
  /**
   * As of a stored block. `busy`: the pass took too long, or as many as may are under way; what was added
   * up is kept, and the next request goes on from there.
   */
  readonly page: (query: OwnedQuery, head: Head) => Promise<At<Page<Closing>> | 'busy'>
}

/** A day that is being added up: all up to `above` is in the sums. */
type OpenDay = { readonly sums: ClosingSums; above: Position; turn: Promise<unknown> }

export const createClosings = (parts: ClosingsParts): Closings => {
  const { storage, clock } = parts
  const days = new Map<string, OpenDay>()

  const openDay = (name: string, above: Position): OpenDay => {
    const known = days.get(name)
    days.delete(name)
    const day = known ?? { sums: createClosingSums(), above, turn: Promise.resolve() }
    days.set(name, day)
    const [oldest] = days.keys()
    if (days.size > CLOSING_DAYS_MAX && oldest !== undefined) days.delete(oldest)
    return day
  }

  /** Whether it has come to the end. */
  const extend = async (day: OpenDay, owner: BookOwner, upTo: number): Promise<boolean> => {
    const endMs = clock.monotonicMs() + CLOSING_PASS_MS
    for await (const { at, entry } of bookPass(parts, owner, { above: day.above, upTo })) {
      day.sums.add(entry)
      day.above = { height: at.height, index: at.index }
      if (clock.monotonicMs() > endMs) return false
    }
    return true
  }

  const closingOf = async (
    { owner, till }: OwnedQuery,
    day: number,
    head: Head,
  ): Promise<Closing | 'busy' | undefined> => {
    const opening = lastHeightBefore(storage, day * DAY_MS, head.height) + 1
    const closing = lastHeightBefore(storage, dayEndMs(day), head.height)
    if (closing < opening) return undefined
    const open = openDay(`${owner.place}/${day}`, { height: opening, index: -1 })
    // One after the other: two at once would count the same twice.
    const turn = open.turn.then(() => extend(open, owner, closing))
    open.turn = turn.catch(() => undefined)
    if (!(await turn)) return 'busy'
    const tills = open.sums.tills()
    return {
      day: textOf(day),
      openingHeight: opening,
      closingHeight: closing,
      complete: head.timeMs >= dayEndMs(day),
      tills: till === undefined ? tills : tills.filter((each) => each.till === till),
    }
  }

  /** Days that something concerns the place in, newest first. */
  const newestDays = async (query: OwnedQuery, head: Head): Promise<Page<Closing> | 'busy'> => {
    const items: Closing[] = []
    let below = Math.min(query.after?.height ?? head.height + 1, head.height + 1)
    for (;;) {
      const newest = await newestBelow(parts, query.owner, below)
      if (newest === undefined) return { items }
      if (items.length === query.limit) return { items, next: { height: below, index: 0 } }
      const closing = await closingOf(query, dayOf(blockTimeMs(storage, newest)), head)
      if (closing === 'busy') return closing
      if (closing === undefined) throw new Error(`a day without its block ${newest}`)
      items.push(closing)
      below = closing.openingHeight
    }
  }

  const oneDay = async (query: OwnedQuery, day: string, head: Head) => {
    const closing = await closingOf(query, dayOf(Date.parse(day)), head)
    if (closing === 'busy') return closing
    return { items: closing === undefined ? [] : [closing] }
  }

  return {
    page: async (query, head) => {
      const { day } = query
      const value = await (day === undefined ? newestDays(query, head) : oneDay(query, day, head))
      return value === 'busy' ? value : { ...head, value }
    },
  }
}

/** As 2026-11-30. */
const textOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** The newest block below a height in which something concerns the place. */
const newestBelow = async (
  { storage }: Pick<ClosingsParts, 'storage'>,
  { place, wallet }: BookOwner,
  height: number,
): Promise<number | undefined> => {
  const newest = await Promise.all(
    [place, wallet].map((owner) =>
      promised<readonly LedgerEvent[]>((answer) =>
        storage.reader.history(owner, { limit: 1, below: { height, index: 0 } }, answer),
      ),
    ),
  )
  const heights = newest.flat().map((event) => event.height)
  return heights.length === 0 ? undefined : Math.max(...heights)
}
