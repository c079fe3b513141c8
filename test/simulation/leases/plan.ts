import { createRandom, type RandomSource } from '../random.ts'
import { HOUR_MS, MINUTE_MS } from './circuit.ts'

/** What goes wrong, and when. Nodes, cards and leases by their numbers. */
export type Blow =
  | { readonly kind: 'cut'; readonly atMs: number; readonly node: number; readonly forMs: number }
  | {
      readonly kind: 'fall'
      readonly atMs: number
      readonly node: number
      readonly power: 'off' | 'on'
      /** Writes to the disk from then on; the process dies between two of them. */
      readonly writes: number
      readonly offMs: number
      /** How far its wall clock is wrong afterwards. */
      readonly skewMs: number
    }
  | {
      readonly kind: 'halt'
      readonly atMs: number
      /** How many are left; a block needs a quorum. */
      readonly authorities: number
      readonly forMs: number
    }

/** What people do. */
export type Deed =
  | { readonly kind: 'capture'; readonly atMs: number; readonly lease: number; readonly by: number }
  | { readonly kind: 'sale'; readonly atMs: number; readonly card: number; readonly amount: number }
  | { readonly kind: 'block'; readonly atMs: number; readonly card: number }
  | { readonly kind: 'release'; readonly atMs: number; readonly lease: number }

export type LeasePlan = {
  readonly node: number
  readonly card: number
  readonly cap: number
  readonly lastsMs: number
  readonly graceMs: number
  /** What of it the node hands to its place's other node. */
  readonly split: number
}

/** One simulation, as data. */
export type LeaseSwarm = {
  readonly seed: number
  readonly lags: readonly number[]
  readonly syncMs: number
  readonly leases: readonly LeasePlan[]
  readonly blows: readonly Blow[]
  readonly deeds: readonly Deed[]
  /** From when on nothing goes wrong any more. */
  readonly healMs: number
}

/** Leases, and what is handed on, are there before anything goes wrong. */
export const TROUBLE_MS = 2 * MINUTE_MS
const CARDS = 3
const BAR = 0
const TABLET = 1
const CLUB = 2
/** As far as an honest clock may be wrong: less than the ledger allows. */
export const HONEST_SKEW_MS = 20_000

export const drawLeases = (seed: number): LeaseSwarm => {
  const random = createRandom(`leases ${seed}`)
  const leases = drawLeasePlans(random.fork('leases'))
  const spanMs = random.pick([2, 4, 8, 8]) * HOUR_MS
  const blows = drawBlows(random.fork('blows'), spanMs)
  const ends = blows.map(endOf)
  return {
    seed,
    lags: Array.from({ length: 3 }, () => random.below(4)),
    syncMs: random.pick([1, 5, 80]),
    leases,
    blows,
    deeds: drawDeeds(random.fork('deeds'), { leases, spanMs }),
    healMs: Math.max(TROUBLE_MS + spanMs, ...ends),
  }
}

const endOf = (blow: Blow): number => blow.atMs + (blow.kind === 'fall' ? blow.offMs : blow.forMs)

const drawLeasePlans = (random: RandomSource): readonly LeasePlan[] => {
  const plans: LeasePlan[] = []
  for (let card = 0; card < CARDS; card++) {
    for (const node of [BAR, CLUB]) {
      const cap = random.between(100, 900)
      plans.push({
        node,
        card,
        cap,
        lastsMs: random.between(20, 8 * 60) * MINUTE_MS,
        graceMs: random.pick([72, 72, 72, 12, 1]) * HOUR_MS,
        split: node === BAR && random.chance(0.5) ? random.between(1, cap) : 0,
      })
    }
  }
  return plans
}

const drawBlows = (random: RandomSource, spanMs: number): readonly Blow[] => {
  const atMs = (): number => TROUBLE_MS + random.below(spanMs)
  const cuts = Array.from({ length: random.between(1, 5) }, (): Blow => {
    const forMs = lengthOf(random)
    return { kind: 'cut', atMs: atMs(), node: random.below(3), forMs }
  })
  const falls = Array.from({ length: random.below(5) }, (): Blow => {
    const isHonest = random.chance(0.6)
    const backMs = random.between(-4 * HOUR_MS, 10 * MINUTE_MS)
    return {
      kind: 'fall',
      atMs: atMs(),
      node: random.below(3),
      power: random.pick(['off', 'off', 'on']),
      writes: random.below(6),
      offMs: random.pick([1_000, MINUTE_MS, 20 * MINUTE_MS, 3 * HOUR_MS]),
      skewMs: isHonest ? random.between(-HONEST_SKEW_MS, HONEST_SKEW_MS) : backMs,
    }
  })
  const halts = Array.from({ length: random.pick([0, 0, 1, 2]) }, (): Blow => {
    const forMs = lengthOf(random)
    return { kind: 'halt', atMs: atMs(), authorities: random.between(0, 3), forMs }
  })
  return [...cuts, ...falls, ...halts].toSorted((a, b) => a.atMs - b.atMs)
}

/** Mostly hours; now and then longer than a grace, and than an id is good for. */
const lengthOf = (random: RandomSource): number => {
  const minutes = random.chance(0.08) ? random.between(20 * 60, 130 * 60) : random.between(1, 300)
  return minutes * MINUTE_MS
}

const drawDeeds = (
  random: RandomSource,
  { leases, spanMs }: { readonly leases: readonly LeasePlan[]; readonly spanMs: number },
): readonly Deed[] => {
  const atMs = (): number => TROUBLE_MS + random.below(spanMs)
  const captures = Array.from({ length: random.between(8, 30) }, (): Deed => {
    const lease = random.below(leases.length)
    const plan = leases[lease]
    const by = plan !== undefined && plan.split > 0 && random.chance(0.5) ? TABLET : plan?.node
    return { kind: 'capture', atMs: atMs(), lease, by: by ?? BAR }
  })
  const sales = Array.from({ length: random.below(8) }, (): Deed => {
    const amount = random.between(1, 1_500)
    return { kind: 'sale', atMs: atMs(), card: random.below(CARDS), amount }
  })
  const others: Deed[] = []
  if (random.chance(0.4)) others.push({ kind: 'block', atMs: atMs(), card: random.below(CARDS) })
  if (random.chance(0.4)) {
    others.push({ kind: 'release', atMs: atMs(), lease: random.below(leases.length) })
  }
  return [...captures, ...sales, ...others].toSorted((a, b) => a.atMs - b.atMs)
}
