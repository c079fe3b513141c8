import { faultsOf, quorumOf } from '#protocol/chain/authority-set.ts'
import { FEDERATION_MIN } from '#protocol/chain/chain-limits.ts'
import { ADVERSARIES } from './adversaries.ts'
import { drawChanges } from './draw-changes.ts'
import { FAULTS } from './faults.ts'
import { createRandom, type RandomSource } from './random.ts'
import { opensAtOnce } from './run.ts'
import { type Blow, type Liar, LOADS, type Swarm } from './swarm.ts'

const BLOCK_SIZES = [4, 16, 64, 4_096] as const
const GAPS_MS = [0, 8, 30] as const

/** The simulation that a seed stands for. A swarm: each seed has a part of all troubles only. */
export const drawSwarm = (seed: number): Swarm =>
  withOpening(drawOwnOpening(seed), createRandom(`opening ${seed}`))

/**
 * The same, but that it brings in its fair by itself, however long that takes. With `overFault` more
 * members lie than may, whatever the seed says.
 */
export const drawOwnOpening = (seed: number, { overFault: forced = false } = {}): Swarm => {
  const random = createRandom(`seed ${seed}`)
  const calm = random.chance(0.1)
  const authorities = drawAuthorities(random)
  const followers = random.below(3)
  const base: Swarm = {
    seed,
    authorities,
    followers,
    realSignatures: random.chance(0.01),
    calm,
    load: calm
      ? random.pick(['idle', 'single', 'bursts'])
      : random.pick([...LOADS, 'single', 'bursts']),
    troubledMs: random.between(5_000, 10_000),
    delay: { baseMs: random.between(calm ? 8 : 1, 25), tailMs: calm ? 0 : random.between(1, 80) },
    ordered: random.chance(0.5),
    syncMs: { min: 0, max: calm ? 0 : random.between(0, 8) },
    skewMaxMs: calm ? 0 : random.between(0, 200),
    blockTransactionsMax: random.pick(BLOCK_SIZES),
    // In a calm network the pace is that of messages, which take at least 8 ms there.
    minBlockGapMs: random.fork('gap').pick(calm ? [0, 8] : GAPS_MS),
    opening: null,
    liars: [],
    overFault: false,
    victims: [],
    plan: [],
    candidates: [],
    changes: [],
    outdated: [],
  }
  if (forced) return overFault({ ...base, calm: false }, random.fork('twins'))
  const changes = random.fork('changes')
  if (calm) return { ...base, ...drawChanges(changes, base) }
  if (random.fork('over-fault').chance(0.03)) return overFault(base, random.fork('twins'))
  const faulty = drawFaulty(random.fork('liars'), base)
  const swarm = { ...base, ...faulty, plan: drawPlan(random, { ...base, ...faulty }) }
  return { ...swarm, ...drawChanges(changes, swarm) }
}

/** An opening is a third of what a simulation costs: most begin with a copy of one. */
const COPIED_CHANCE = 0.95

/** How many openings there are of one size: for the one that is drawn most, all pairs of limits. */
const openingCount = (authorities: number): number => {
  if (authorities === FEDERATION_MIN) return BLOCK_SIZES.length * GAPS_MS.length
  return authorities > COMMON_MAX ? 1 : BLOCK_SIZES.length
}

const withOpening = (swarm: Swarm, random: RandomSource): Swarm => {
  const { authorities, calm, overFault, realSignatures } = swarm
  const alone = calm || overFault || realSignatures || !opensAtOnce(swarm)
  if (alone || !random.chance(COPIED_CHANCE)) return swarm
  const opening = random.below(openingCount(authorities))
  // Neither number of limits divides the other: every pair comes once in as many openings as there are pairs.
  const pair = opening + authorities
  const blockTransactionsMax = BLOCK_SIZES[pair % BLOCK_SIZES.length] ?? BLOCK_SIZES[0]
  const minBlockGapMs = GAPS_MS[pair % GAPS_MS.length] ?? GAPS_MS[0]
  return { ...swarm, opening, blockTransactionsMax, minBlockGapMs }
}

/** So many members are two nodes each that either half of the others has a quorum with them. */
const overFault = (base: Swarm, random: RandomSource): Swarm => {
  const authorities = random.pick([4, 4, 7])
  const count = 2 * quorumOf(authorities) - authorities
  const members = random.shuffle(Array.from({ length: authorities }, (_, member) => member))
  return {
    ...base,
    authorities,
    load: 'single',
    overFault: true,
    liars: members.slice(0, count).map((member) => ({ member, adversary: 'twins' })),
  }
}

/** Sizes in thousandths: the larger, the rarer, since what it costs grows with the square. */
const SIZES = [
  [610, 4],
  [100, 1],
  [90, 5],
  [60, 6],
  [85, 7],
  [18, 8],
  [12, 9],
  [10, 10],
  [5, 11],
  [5, 12],
  [5, 13],
] as const

/** Larger federations are rare. */
const COMMON_MAX = 7

const drawAuthorities = (random: RandomSource): number => {
  let left = random.below(1_000)
  for (const [share, size] of SIZES) {
    left -= share
    if (left < 0) return size
  }
  return FEDERATION_MIN
}

/** At most f members fail: some lie, some have a disk or a key that comes to harm. */
const drawFaulty = (
  random: RandomSource,
  { seed, authorities }: Swarm,
): Pick<Swarm, 'liars' | 'victims'> => {
  const faults = faultsOf(authorities)
  const lying = random.chance(0.6) ? random.between(Math.min(1, faults), faults) : 0
  // In turn, so that no run of some hundred seeds misses one.
  const first = seed + random.below(2) * 11
  const harmed = random.chance(0.6) ? faults - lying : 0
  const members = random.shuffle(Array.from({ length: authorities }, (_, member) => member))
  return {
    liars: members.slice(0, lying).map((member, index): Liar => {
      const adversary = ADVERSARIES[(first + index * 5) % ADVERSARIES.length]
      return { member, adversary: (adversary ?? ADVERSARIES[0]).name }
    }),
    victims: members.slice(lying, lying + harmed),
  }
}

/** Each fault is in about a third of the plans. */
const drawPlan = (random: RandomSource, swarm: Swarm): readonly Blow[] => {
  const machines = swarm.authorities + swarm.followers
  const liars = new Set(swarm.liars.map(({ member }) => member))
  const scene = {
    machines,
    authorities: swarm.authorities,
    honest: Array.from({ length: machines }, (_, machine) => machine).filter(
      (machine) => !liars.has(machine),
    ),
    victims: swarm.victims,
    troubledMs: swarm.troubledMs,
  }
  return FAULTS.flatMap((fault) => {
    const own = random.fork(fault.name)
    if (!own.chance(0.35)) return []
    return fault.draw(own, scene).map((blow) => ({ fault: fault.name, ...blow }))
  }).sort((a, b) => a.atMs - b.atMs)
}
