import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Charge,
  type Counter,
  cancelRace,
  doubleTap,
  refund,
  takeSale,
  topUp,
} from './counter.ts'

export const IDLE_TAPS = 200
/** Between 50 cents and 3 euros: drinks. */
const PRICE = { min: 50, max: 300 } as const
/** A card is topped up by what a person pulls out of a pocket. */
const TOP_UPS = [500, 1_000, 2_000, 5_000] as const

/** One till, one tap after the other: nobody else is at the bar yet. */
export const idlePhase = async (counter: Counter, taps: number): Promise<readonly number[]> => {
  for (let tap = 0; tap < taps; tap += 1) await takeSale(counter, nextCharge(counter))
  return counter.taps.splice(0).map(({ tookMs }) => tookMs)
}

export type Crowd = {
  readonly counters: readonly Counter[]
  readonly inFlight: number
  readonly durationMs: number
  /**
   * How long a customer without an answer holds up the queue. Whoever takes longer is set aside, and
   * the till learns the outcome beside its work; default: all are waited for.
   */
  readonly asideMs?: number
}

/** The evening: at every till so many customers at one time. Gives its length in seconds. */
export const loadedPhase = async (crowd: Crowd): Promise<number> => {
  const startMs = performance.now()
  const endMs = startMs + crowd.durationMs
  const queues = crowd.counters.flatMap((counter) =>
    Array.from({ length: crowd.inFlight }, () => serve(counter, endMs, crowd)),
  )
  await Promise.all(queues)
  return (performance.now() - startMs) / 1_000
}

/** So many customers at a time at every till, until it is over and the last of them was served. */
export const servedUntil = async (
  { counters, inFlight }: Pick<Crowd, 'counters' | 'inFlight'>,
  isOver: () => boolean,
): Promise<void> => {
  const queue = async (counter: Counter): Promise<void> => {
    while (!isOver()) await serveOne(counter)
  }
  const served = await Promise.allSettled(
    counters.flatMap((counter) => Array.from({ length: inFlight }, () => queue(counter))),
  )
  for (const each of served) if (each.status === 'rejected') throw each.reason
}

const serve = async (
  counter: Counter,
  endMs: number,
  { asideMs }: Pick<Crowd, 'asideMs'>,
): Promise<void> => {
  const aside = new Set<Promise<unknown>>()
  while (performance.now() < endMs) {
    const served = serveOne(counter)
    if (asideMs === undefined || (await isWithin(served, asideMs))) await served
    else aside.add(served)
  }
  await Promise.all(aside)
}

/** Whether it has come to an end, good or bad, in so much time. */
const isWithin = async (served: Promise<unknown>, ms: number): Promise<boolean> => {
  const late = new AbortController()
  const inTime = served.then(
    () => true,
    () => true,
  )
  try {
    return await Promise.race([inTime, sleep(ms, false, { signal: late.signal, ref: false })])
  } finally {
    late.abort()
  }
}

/** Of 100 customers 80 buy a drink, the others want something special. */
const serveOne = async (counter: Counter): Promise<unknown> => {
  const dice = below(100)
  if (dice < 80) return await takeSale(counter, nextCharge(counter))
  if (dice < 86) return await refundOne(counter)
  if (dice < 92) {
    return await topUp(counter, { card: nextCard(counter), amount: pick(TOP_UPS) })
  }
  if (dice < 96) return await doubleTap(counter, nextCharge(counter))
  return await cancelRace(counter, nextCharge(counter))
}

/** A sale of a while ago, whole or half; a drink where nothing was sold yet. */
const refundOne = async (counter: Counter): Promise<unknown> => {
  const [sale] = counter.refundable.splice(below(counter.refundable.length), 1)
  if (sale === undefined) return await takeSale(counter, nextCharge(counter))
  return await refund(counter, sale, below(2) === 0 ? sale.amount : Math.ceil(sale.amount / 2))
}

const nextCharge = (counter: Counter): Charge => ({
  card: nextCard(counter),
  amount: PRICE.min + below(PRICE.max - PRICE.min + 1),
})

const nextCard = ({ cards }: Counter) => pick(cards)

const pick = <T>(items: readonly T[]): T => {
  const item = items[below(items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

const below = (limit: number): number => Math.floor(Math.random() * limit)
