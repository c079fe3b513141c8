import {
  type Charge,
  type Counter,
  cancelRace,
  doubleTap,
  refund,
  takeSale,
  topUp,
} from './counter.ts'

const IDLE_TAPS = 200
/** Between 50 cents and 3 euros: drinks. */
const PRICE = { min: 50, max: 300 } as const
/** A card is topped up by what a person pulls out of a pocket. */
const TOP_UPS = [500, 1_000, 2_000, 5_000] as const

/** One till, one tap after the other: nobody else is at the bar yet. */
export const idlePhase = async (counter: Counter): Promise<readonly number[]> => {
  for (let tap = 0; tap < IDLE_TAPS; tap += 1) await takeSale(counter, nextCharge(counter))
  return counter.timesMs.splice(0)
}

export type Crowd = {
  readonly counters: readonly Counter[]
  readonly inFlight: number
  readonly durationMs: number
}

/** The evening: at every till so many customers at one time. Gives its length in seconds. */
export const loadedPhase = async ({ counters, inFlight, durationMs }: Crowd): Promise<number> => {
  const startMs = performance.now()
  const endMs = startMs + durationMs
  const queues = counters.flatMap((counter) =>
    Array.from({ length: inFlight }, () => serve(counter, endMs)),
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

const serve = async (counter: Counter, endMs: number): Promise<void> => {
  while (performance.now() < endMs) await serveOne(counter)
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
