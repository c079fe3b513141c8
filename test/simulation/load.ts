import type { OutboxEntry } from '#node/outbox/outbox.ts'
import type { Payments } from './payments.ts'
import type { RandomSource } from './random.ts'
import type { Load, Swarm } from './swarm.ts'

/** Something that somebody submits at one or more machines. */
export type Submission = {
  readonly atMs: number
  readonly machines: readonly number[]
  readonly sign: (nowMs: number) => readonly OutboxEntry[]
  /** What no honest node submits, thrown at the same machines from outside. */
  readonly flood: (nowMs: number) => readonly string[]
}

const BURST_MAX = 24
const FLOOD_MAX = 60
const FEW_FLOODED = 6
const PATIENCE_MS = 45_000
/** What else is done at once, of all that there is to do at a fair. */
const ACTS_MAX = 3

/** How often something is submitted, how much at once, and what it is. */
type Shape = {
  readonly times: { readonly min: number; readonly max: number }
  readonly size: { readonly min: number; readonly max: number }
  /** The most that is thrown beside it of what no block may hold. */
  readonly floodMax?: number
  readonly sign: (random: RandomSource, payments: Payments, nowMs: number) => readonly OutboxEntry[]
}

/** What is submitted while things may go wrong, in order of time. */
export const drawLoad = (
  swarm: Swarm,
  {
    random,
    acts,
    payments,
  }: {
    readonly random: RandomSource
    /** Apart: what else is done shifts nothing of what is drawn here. */
    readonly acts: RandomSource
    readonly payments: Payments
  },
): readonly Submission[] => {
  if (swarm.load === 'idle') return []
  const { times, size, floodMax, sign } = SHAPES[swarm.load]
  const machines = swarm.authorities + swarm.followers
  // Exact times are asked of a calm network: then nothing comes while another thing is under way.
  const gridMs = swarm.calm ? 20 * swarm.delay.baseMs : 1
  return Array.from({ length: random.between(times.min, times.max) }, () => {
    const atMs = Math.floor(random.below(swarm.troubledMs) / gridMs) * gridMs
    const order = random.shuffle(Array.from({ length: machines }, (_, index) => index))
    const twice = !swarm.calm && random.chance(0.3)
    const count = random.between(size.min, size.max)
    const floods = floodMax === undefined ? 0 : random.between(1, floodMax)
    return {
      atMs,
      machines: order.slice(0, twice || floods > 0 ? random.between(2, 3) : 1),
      sign: (nowMs: number) => [
        ...Array.from({ length: count }, () => sign(random, payments, nowMs)).flat(),
        ...Array.from({ length: acts.below(ACTS_MAX + 1) }, () => payments.act(acts, nowMs)).flat(),
      ],
      flood: (nowMs: number) => Array.from({ length: floods }, () => payments.junk(nowMs, random)),
    }
  }).sort((a, b) => a.atMs - b.atMs)
}

/** A payment, now and then with what gets into its way: a cancellation, or the same id again. */
const ordinary: Shape['sign'] = (random, payments, nowMs) => {
  const forMs = random.chance(0.15) ? random.between(500, 3_000) : PATIENCE_MS
  if (random.chance(0.4)) {
    const from = random.below(payments.persons)
    const to = from + random.between(1, payments.persons - 1)
    return [payments.transfer(nowMs, { from, to, amount: random.between(1, 400), forMs })]
  }
  const order = { from: random.below(payments.cards), amount: random.between(1, 900), forMs }
  const sale = payments.sale(nowMs, order)
  const kind = random.below(12)
  if (kind === 0) return random.shuffle([sale, payments.cancel(nowMs, sale)])
  if (kind === 1) return [sale, payments.sale(nowMs, { ...order, amount: 901, id: sale.id })]
  return [sale]
}

/** Two persons hand the same money to and fro, and one card pays for everybody. */
const hot: Shape['sign'] = (random, payments, nowMs) => {
  const forMs = PATIENCE_MS
  if (random.chance(0.3)) {
    return [payments.sale(nowMs, { from: 0, amount: random.between(1, 60), forMs })]
  }
  const from = random.below(2)
  return [payments.transfer(nowMs, { from, to: 1 - from, amount: random.between(1, 300), forMs })]
}

/** Two payments of which the payer can afford one, or two under one id. */
const double: Shape['sign'] = (random, payments, nowMs) => {
  const forMs = PATIENCE_MS
  const from = random.below(payments.persons)
  const order = { from, amount: random.between(260, 500), forMs }
  const first = payments.transfer(nowMs, { ...order, to: from + 1 })
  if (random.chance(0.5)) return [first, payments.transfer(nowMs, { ...order, to: from + 2 })]
  const sale = payments.sale(nowMs, { from, amount: random.between(1, 900), forMs })
  return random.shuffle([
    sale,
    payments.sale(nowMs, { from: from + 1, amount: random.between(1, 900), forMs, id: sale.id }),
  ])
}

/** Worth something until about when it would be final: before, at, and after the second it ends. */
const expiring: Shape['sign'] = (random, payments, nowMs) => {
  const forMs = random.between(0, 1_200)
  const from = random.below(payments.cards)
  return [payments.sale(nowMs, { from, amount: random.between(1, 90), forMs })]
}

const whole: Shape['sign'] = (random, payments, nowMs) => payments.act(random, nowMs)

const FEW = { min: 2, max: 5 }
const SHAPES: Readonly<Record<Exclude<Load, 'idle'>, Shape>> = {
  single: { times: { min: 5, max: 20 }, size: { min: 1, max: 1 }, sign: ordinary },
  bursts: { times: FEW, size: { min: 4, max: BURST_MAX }, sign: ordinary },
  hotWallets: { times: FEW, size: { min: 4, max: BURST_MAX }, sign: hot },
  doubleSpends: { times: { min: 4, max: 10 }, size: { min: 1, max: 4 }, sign: double },
  invalidFlood: {
    times: { min: 4, max: 10 },
    size: { min: 1, max: 3 },
    floodMax: FLOOD_MAX,
    sign: ordinary,
  },
  expiryBoundary: { times: { min: 6, max: 16 }, size: { min: 1, max: 4 }, sign: expiring },
  wholeFair: { times: { min: 12, max: 24 }, size: { min: 4, max: 12 }, sign: whole },
  tightCaps: {
    times: { min: 8, max: 16 },
    size: { min: 8, max: 16 },
    floodMax: FEW_FLOODED,
    sign: whole,
  },
}
