import type { At, Head, Page } from '#api/ports/ledger.ts'
import type { Closing } from '#api/ports/ledger-books.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { dayOf } from '#protocol/ledger/period.ts'
import { promised } from '../storage/completion.ts'
import { blockTimeMs } from './block-times.ts'
import type { BookOwner } from './book-lines.ts'
import {
  type ClosingDaysParts,
  type ClosingsJob,
  createClosingDays,
  type Newer,
} from './closing-days.ts'
import { heldAbove } from './held.ts'

export type ClosingsParts = ClosingDaysParts

/** Closings of places by day. */
export type Closings = {
  /**
   * As of a stored block, or of a newer one that another request added the same days up to. A page for
   * which time ran out ends before the day that is not added up yet; `busy`: before the first one. What
   * was added up is kept, and the next request goes on from there.
   */
  readonly page: (job: ClosingsJob, head: Head) => Promise<At<Page<Closing>> | 'busy'>
}

export const createClosings = (parts: ClosingsParts): Closings => {
  const { storage, clock } = parts
  const { closingOf } = createClosingDays(parts)

  const closingAt = async (
    job: ClosingsJob,
    height: number,
    head: Head,
  ): Promise<Closing | Newer | 'busy'> => {
    const closing = await closingOf(job, dayOf(blockTimeMs(storage, height)), head)
    if (closing === undefined) throw new Error(`a day without its block ${height}`)
    return closing
  }

  /** Days that something concerns the place in, newest first. */
  const newestDays = async (
    job: ClosingsJob,
    head: Head,
  ): Promise<Page<Closing> | Newer | 'busy'> => {
    const items: Closing[] = []
    let below = Math.min(job.after?.height ?? head.height + 1, head.height + 1)
    for (;;) {
      const newest = await newestBelow(parts, job.owner, below)
      const isEnd = newest === undefined || (items.length > 0 && !isWholeDay(parts, newest))
      if (isEnd) return { items }
      const next = { height: below, index: 0 }
      if (items.length === job.limit) return { items, next }
      const closing = await closingAt(job, newest, head)
      if (closing === 'busy' || 'newer' in closing) return cutShort(closing, { items, next })
      items.push(closing)
      below = closing.openingHeight
    }
  }

  const oneDay = async (
    job: ClosingsJob,
    day: string,
    head: Head,
  ): Promise<Page<Closing> | Newer | 'busy'> => {
    const closing = await closingOf(job, dayOf(Date.parse(day)), head)
    if (closing === undefined) return { items: [] }
    return closing === 'busy' || 'newer' in closing ? closing : { items: [closing] }
  }

  return {
    page: async (job, head) => {
      // Each turn of this goes up to what another request has asked for meanwhile.
      for (let at = head; ; ) {
        const { day } = job
        const found = await (day === undefined ? newestDays(job, at) : oneDay(job, day, at))
        if (found === 'busy') return found
        if (!('newer' in found)) return { ...at, value: found }
        if (job.signal.aborted || clock.monotonicMs() > job.untilMs) return 'busy'
        at = found.newer
      }
    },
  }
}

/** Whether the day of a block is in this copy from its beginning. */
const isWholeDay = ({ storage }: Pick<ClosingsParts, 'storage'>, height: number): boolean => {
  const begin = heldAbove(storage.reader)
  return begin === 0 || dayOf(blockTimeMs(storage, height)) > dayOf(blockTimeMs(storage, begin))
}

/** What is complete is told, unless all of it is to be told anew. */
const cutShort = (by: Newer | 'busy', page: Page<Closing>): Page<Closing> | Newer | 'busy' =>
  by === 'busy' && page.items.length > 0 ? page : by

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
