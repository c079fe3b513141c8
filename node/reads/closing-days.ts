import type { Head, Position } from '#api/ports/ledger.ts'
import type { Closing, ClosingsQuery } from '#api/ports/ledger-books.ts'
import { DAY_MS, dayEndMs } from '#protocol/ledger/period.ts'
import type { Clock } from '../loop/ports.ts'
import { lastHeightBefore } from './block-times.ts'
import { CLOSING_DAYS_MAX } from './book-limits.ts'
import type { BookOwner } from './book-lines.ts'
import { type BookPassParts, bookPass } from './book-pass.ts'
import { type ClosingSums, createClosingSums } from './closing-sums.ts'
import { requireHeld } from './held.ts'

export type ClosingDaysParts = BookPassParts & { readonly clock: Pick<Clock, 'monotonicMs'> }

/** Whose days, and how long whoever asked waits. */
export type ClosingsJob = ClosingsQuery & {
  readonly owner: BookOwner
  /** On the node's own clock. */
  readonly untilMs: number
  readonly signal: AbortSignal
}

/** Others have added up further than that block: all is to be told as of theirs. */
export type Newer = { readonly newer: Head }

/** Days of places, added up as far as somebody asked. */
export type ClosingDays = {
  /**
   * A day as of a stored block; undefined: it has no block. `busy`: time ran out; what was added up is
   * kept, and the next request goes on from there.
   */
  readonly closingOf: (
    job: ClosingsJob,
    day: number,
    head: Head,
  ) => Promise<Closing | Newer | 'busy' | undefined>
}

/**
 * A day that is being added up: all up to `above` is in the sums. `head`: the newest block that anybody
 * has asked for, below which the sums are not to be told any more.
 */
type OpenDay = { readonly sums: ClosingSums; above: Position; head: Head; turn: Promise<unknown> }

export const createClosingDays = (parts: ClosingDaysParts): ClosingDays => {
  const { storage, clock } = parts
  const days = new Map<string, OpenDay>()

  const openDay = (name: string, above: Position, head: Head): OpenDay => {
    const known = days.get(name)
    days.delete(name)
    const day = known ?? { sums: createClosingSums(), above, head, turn: Promise.resolve() }
    days.set(name, day)
    const [oldest] = days.keys()
    if (days.size > CLOSING_DAYS_MAX && oldest !== undefined) days.delete(oldest)
    return day
  }

  /** Whether it has come to the end. Even without time it takes a step, so that asking often gets there. */
  const extend = async (
    day: OpenDay,
    { owner, untilMs, signal }: ClosingsJob,
    upTo: number,
  ): Promise<boolean> => {
    for await (const { at, entry } of bookPass(parts, owner, { above: day.above, upTo })) {
      day.sums.add(entry)
      day.above = { height: at.height, index: at.index }
      if (signal.aborted || clock.monotonicMs() > untilMs) return false
    }
    return true
  }

  const addUp = async (
    open: OpenDay,
    job: ClosingsJob,
    { day, opening, head }: { readonly day: number; readonly opening: number; readonly head: Head },
  ): Promise<Closing | Newer | 'busy'> => {
    if (open.head.height > head.height) return { newer: open.head }
    open.head = head
    const closing = lastHeightBefore(storage, dayEndMs(day), head.height)
    if (!(await extend(open, job, closing))) return 'busy'
    const { till } = job
    const tills = open.sums.tills()
    return {
      day: textOf(day),
      openingHeight: opening,
      closingHeight: closing,
      complete: head.timeMs >= dayEndMs(day),
      tills: till === undefined ? tills : tills.filter((each) => each.till === till),
    }
  }

  const closingOf: ClosingDays['closingOf'] = async (job, day, head) => {
    const opening = lastHeightBefore(storage, day * DAY_MS, head.height) + 1
    // A day that began before the copy did is not whole in it.
    requireHeld(storage.reader, opening)
    if (lastHeightBefore(storage, dayEndMs(day), head.height) < opening) return undefined
    const open = openDay(`${job.owner.place}/${day}`, { height: opening, index: -1 }, head)
    // One after the other: two at once would count the same twice.
    const turn = open.turn.then(() => addUp(open, job, { day, opening, head }))
    open.turn = turn.catch(() => undefined)
    return turn
  }

  return { closingOf }
}

/** As 2026-11-30. */
const textOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)
