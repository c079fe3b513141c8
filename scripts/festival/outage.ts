import { z } from 'zod'
import { leasesOf } from '../federation/leasing.ts'
import { ApiClient } from './api-client.ts'
import type { Entry } from './book.ts'
import type { Counter } from './counter.ts'
import { latencyOf } from './latency.ts'
import type { Evening } from './prepare.ts'
import type { Strike } from './strike.ts'
import type { FestivalVenue } from './venues.ts'
import { askOutcome, pause, type Verdict } from './verdict.ts'

/** What venues without a ledger did, as the festival's figures tell it. */
export type OfflineFigures = {
  readonly venues: readonly string[]
  /** How long the ledger was out of reach. */
  readonly seconds: number
  /** Cards that were tapped to pay, from the moment the nodes knew of the outage until its end. */
  readonly asked: number
  /** All that tills were told is captured: each is followed to its end. */
  readonly captured: number
  readonly refused: number
  /** Taps that could not be judged without the ledger: nothing was kept of them. */
  readonly unavailable: number
  /** From tap to `captured` at the till, of plain sales. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Holds and balances from which more was taken than there was, on any disk. */
  readonly overdrawn: number
  /** From the end of the outage until no captured payment was on its way; null: not within its bound. */
  readonly finalWithinMs: number | null
  /** Captured, and not final within the bound: on its way still, or the venue's loss. */
  readonly unsettled: number
}

/** What was seen while it lasted. Times by the clock of this process. */
export type Endured = {
  readonly knownMs: number
  readonly healedMs: number
  readonly finalWithinMs: number | null
  readonly late: number
}

export type Outage = {
  readonly strike: Strike
  /** From the beginning of the loaded minutes. */
  readonly beginsAfterMs: number
  readonly lastsMs: number
}

/** Within which everything that was captured must be final. */
export const FINAL_WITHIN_MS = 60_000
/** A node knows of a lost link by beacons that do not come, of a ledger that stands still by its own wait. */
const KNOWN_WITHIN_MS = 30_000
/** After which what is still on its way is given up, and counts as lost. */
const GIVEN_UP_AFTER_MS = 300_000
const POLL_MS = 250
/** The list of open payments is long then: a node that is asked for it all the time does nothing else. */
const OPEN_POLL_MS = 500
/** Captured payments that a till asks for at one time. */
const ASKED_AT_ONCE = 8

/** Strikes in the midst of the loaded minutes, heals, and waits until what was captured is final. */
export const endure = async (
  evening: Evening,
  { strike, beginsAfterMs, lastsMs }: Outage,
  tell: (line: string) => void,
): Promise<Endured> => {
  const venues = evening.venues.filter(({ name }) => strike.venues.includes(name))
  await pause(beginsAfterMs)
  const cutMs = performance.now()
  strike.begin()
  tell(`${strike.what} for ${lastsMs / 1_000} s`)
  const knownMs = await untilMode(venues, 'leases_only', KNOWN_WITHIN_MS)
  if (knownMs === undefined) throw new Error('a venue does not know that it is without a ledger')
  tell(`Payments are taken from leases, ${seconds(knownMs - cutMs)} s after it began`)
  await pause(Math.max(0, cutMs + lastsMs - performance.now()))
  strike.end()
  const healedMs = performance.now()
  const captured = evening.book.captured().length
  tell(`The ledger is back; ${captured} payments are captured`)
  const onlineMs = await untilMode(venues, 'online', FINAL_WITHIN_MS)
  if (onlineMs !== undefined) tell(`In touch again after ${seconds(onlineMs - healedMs)} s`)
  const followed = { venues, ids: new Set(evening.book.captured().map(({ id }) => id)) }
  const finalMs = await untilNoneOpen(followed, healedMs + FINAL_WITHIN_MS)
  const late = finalMs === undefined ? await openAmong(followed, followed.ids.size) : 0
  const finalWithinMs = finalMs === undefined ? null : Math.round(finalMs - healedMs)
  tell(finalWithinMs === null ? `${late} are not final` : `All are final after ${finalWithinMs} ms`)
  return { knownMs, healedMs, finalWithinMs, late }
}

/** Learns what became of every payment that was captured, and gives the figures of the outage. */
export const settleCaptured = async (
  evening: Evening,
  { strike, lastsMs }: Outage,
  endured: Endured,
): Promise<Omit<OfflineFigures, 'overdrawn'>> => {
  const { book, counters } = evening
  const endMs = performance.now() + GIVEN_UP_AFTER_MS
  const queue = book.captured().values()
  const work = async (): Promise<void> => {
    for (const entry of queue) {
      const verdict = await endOf(entry, endMs)
      if (verdict !== undefined) book.settle(entry.id, verdict)
    }
  }
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, work))
  const lost = book.captured().filter(({ verdict }) => verdict.status === 'lost')
  await holdAgainstReports(evening, lost)
  return {
    venues: strike.venues,
    seconds: lastsMs / 1_000,
    ...takings(counters, strike, endured),
    captured: book.captured().length,
    finalWithinMs: endured.finalWithinMs,
    unsettled: endured.late + lost.length,
  }
}

/** What came to nothing is in the report of its venue, and nothing else is. */
const holdAgainstReports = async (
  { book, venues }: Evening,
  lost: readonly Entry[],
): Promise<void> => {
  for (const { name, directory, placeId } of venues) {
    const { losses } = await leasesOf(directory)
    const told = new Set(losses.map(({ payment }) => payment))
    const own = new Set(lost.filter(({ venue }) => venue.placeId === placeId).map(({ id }) => id))
    for (const id of [...own, ...told].filter((each) => !(own.has(each) && told.has(each)))) {
      book.contradict(`${id} is lost to a till of ${name} or in its report, and not both`)
    }
  }
}

/** Asks until it is final; undefined: it is on its way still, and no ledger has it. */
const endOf = async ({ id, venue }: Entry, endMs: number): Promise<Verdict | undefined> => {
  const [till] = venue.tills
  if (till === undefined) return undefined
  for (;;) {
    const verdict = await askOutcome(till.client, id)
    if (verdict !== undefined && verdict.status !== 'captured') return verdict
    if (performance.now() > endMs) return undefined
    await pause(POLL_MS)
  }
}

type Takings = Pick<OfflineFigures, 'asked' | 'refused' | 'unavailable' | 'p50Ms' | 'p99Ms'>

const takings = (
  counters: readonly Counter[],
  { venues }: Strike,
  { knownMs, healedMs }: Endured,
): Takings => {
  const taps = counters
    .filter(({ venue }) => venues.includes(venue.name))
    .flatMap((counter) => counter.taps)
    .filter(({ askedMs }) => askedMs >= knownMs && askedMs < healedMs)
  const count = (wanted: string): number => taps.filter(({ status }) => status === wanted).length
  const captured = taps.filter(({ asked, status }) => asked === 'once' && status === 'captured')
  const { p50Ms, p99Ms } = latencyOf(captured.map(({ tookMs }) => tookMs))
  const [refused, unavailable] = [count('refused'), count('unavailable')]
  return { asked: taps.length, refused, unavailable, p50Ms, p99Ms }
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1)

const Ready = z.object({ mode: z.string() })
const Open = z.object({
  items: z.array(z.object({ id: z.string(), status: z.string() })),
  next: z.string().optional(),
})

/** When every one of the venues has said so; undefined: one does not in time. */
const untilMode = async (
  venues: readonly FestivalVenue[],
  mode: string,
  withinMs: number,
): Promise<number | undefined> => {
  const endMs = performance.now() + withinMs
  const isSoon = async ({ apiUrl }: FestivalVenue): Promise<boolean> => {
    const client = new ApiClient({ apiUrl, connectionsMax: 1 })
    try {
      while (performance.now() < endMs) {
        const { body } = await client.get('/readyz')
        if (Ready.safeParse(body).data?.mode === mode) return true
        await pause(POLL_MS)
      }
      return false
    } finally {
      client.close()
    }
  }
  const areSoon = await Promise.all(venues.map(isSoon))
  return areSoon.includes(false) ? undefined : performance.now()
}

type Followed = { readonly venues: readonly FestivalVenue[]; readonly ids: ReadonlySet<string> }

/** When none of the payments was on its way any more; undefined: some were at the end. */
const untilNoneOpen = async (followed: Followed, endMs: number): Promise<number | undefined> => {
  for (;;) {
    const open = await openAmong(followed, 1)
    const nowMs = performance.now()
    if (open === 0) return nowMs
    if (nowMs > endMs) return undefined
    await pause(OPEN_POLL_MS)
  }
}

/** As many as a page of the API has. */
const PAGE = 200

/** How many of the payments the nodes name as captured and not on the ledger; stops at so many. */
const openAmong = async ({ venues, ids }: Followed, enough: number): Promise<number> => {
  let count = 0
  for (const { tills, name } of venues) {
    const [till] = tills
    let from: string | undefined = ''
    while (from !== undefined && count < enough) {
      const answer = await till?.client.get(`/v1/payments?state=open&limit=${PAGE}${from}`)
      if (answer?.status !== 200) throw new Error(`${name} does not tell what is open`)
      const { items, next } = Open.parse(answer.body)
      count += items.filter(({ id, status }) => status === 'captured' && ids.has(id)).length
      from = next === undefined ? undefined : `&after=${next}`
    }
  }
  return count
}
