import { faultsOf } from '#protocol/chain/authority-set.ts'
import { ADVERSARIES } from './adversaries.ts'
import type { Blow } from './fault.ts'
import { FAULTS } from './faults.ts'
import { createRandom, type RandomSource } from './random.ts'
import type { Liar, Swarm } from './swarm.ts'

/** The simulation that a seed stands for. A swarm: each seed has a part of all troubles only. */
export const drawSwarm = (seed: number): Swarm => {
  const random = createRandom(`seed ${seed}`)
  const calm = random.chance(0.1)
  const authorities = random.pick([4, 4, 4, 7, 7, 1])
  const followers = random.below(3)
  const base: Swarm = {
    seed,
    authorities,
    followers,
    realSignatures: random.chance(0.01),
    calm,
    load: random.pick(['bursts', 'bursts', 'single', 'single', 'idle']),
    troubledMs: random.between(6_000, 16_000),
    delay: { baseMs: random.between(calm ? 8 : 1, 25), tailMs: calm ? 0 : random.between(1, 80) },
    ordered: random.chance(0.5),
    syncMs: { min: 0, max: calm ? 0 : random.between(0, 8) },
    skewMaxMs: calm ? 0 : random.between(0, 200),
    blockTransactionsMax: random.pick([4, 16, 64, 4_096]),
    // In a calm network the pace is that of messages, which take at least 8 ms there.
    minBlockGapMs: random.fork('gap').pick(calm ? [0, 8] : [0, 8, 30]),
    liars: [],
    plan: [],
  }
  if (calm) return base
  const liars = drawLiars(random.fork('liars'), authorities)
  return { ...base, liars, plan: drawPlan(random, { ...base, liars }) }
}

const drawLiars = (random: RandomSource, authorities: number): readonly Liar[] => {
  const count = random.chance(0.5) ? random.below(faultsOf(authorities) + 1) : 0
  const members = random.shuffle(Array.from({ length: authorities }, (_, member) => member))
  return members
    .slice(0, count)
    .map((member) => ({ member, adversary: random.pick(ADVERSARIES).name }))
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
    troubledMs: swarm.troubledMs,
  }
  return FAULTS.flatMap((fault) => {
    const own = random.fork(fault.name)
    if (!own.chance(0.35)) return []
    return fault.draw(own, scene).map((blow) => ({ fault: fault.name, ...blow }))
  }).sort((a, b) => a.atMs - b.atMs)
}
