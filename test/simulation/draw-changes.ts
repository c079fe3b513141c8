import { faultsOf } from '#protocol/chain/authority-set.ts'
import { FEDERATION_MIN } from '#protocol/chain/chain-limits.ts'
import { ADVERSARIES } from './adversaries.ts'
import type { RandomSource } from './random.ts'
import type { Blow, Candidate, Change, Liar, Swarm } from './swarm.ts'

/** How often a simulation changes its authorities, and how many changes it makes at most. */
const CHANGED = 0.22
const CHANGES_MAX = 3
/** The largest set that grows: what larger ones cost grows with the square. */
const SIZE_MAX = 10
/** Sets that are drawn until one tolerates those who may fail. */
const TRIES_MAX = 12
/** A change is not the first thing that happens, nor the last. */
const MARGIN_MS = 400
/** How long before and after a change what strikes there does so. */
const BEFORE_MS = 150
const AFTER_MS = 500

type Drawn = Pick<Swarm, 'candidates' | 'changes' | 'outdated' | 'liars' | 'plan'>

/** Changes of the authorities while anything goes, drawn beside all else of a seed. */
export const drawChanges = (random: RandomSource, swarm: Swarm): Partial<Drawn> => {
  if (swarm.overFault || !random.chance(CHANGED)) return {}
  const candidates = drawCandidates(random, swarm)
  const sets = drawSets(random, swarm, candidates)
  if (sets.length === 0) return {}
  const versioned = random.chance(0.4) ? random.below(sets.length) : -1
  const times = drawTimes(random, swarm, sets.length)
  const machines = machinesOf(swarm, candidates)
  const changes = sets.map(
    (members, index): Change => ({
      atMs: times[index] ?? 0,
      through: random.below(machines),
      members,
      version: index === versioned ? 2 : null,
      twice: !swarm.calm && random.chance(0.3),
    }),
  )
  if (swarm.calm) return { candidates, changes }
  const liars = [...swarm.liars, ...drawLiar(random, swarm, sets)]
  const lying = new Set(liars.map(({ member }) => member))
  const honest = Array.from({ length: machines }, (_, machine) => machine).filter(
    (machine) => !lying.has(machine),
  )
  const blows = changes.flatMap((change) =>
    drawBlows(random, change, { honest, machines, authorities: swarm.authorities }),
  )
  return {
    candidates,
    changes,
    outdated:
      versioned >= 0 && random.chance(0.6)
        ? random.shuffle(honest).slice(0, random.between(1, 2))
        : [],
    liars,
    plan: [...swarm.plan, ...blows].sort((a, b) => a.atMs - b.atMs),
  }
}

const machinesOf = ({ authorities, followers }: Swarm, candidates: readonly Candidate[]): number =>
  authorities + followers + candidates.length

const drawCandidates = (random: RandomSource, { authorities }: Swarm): readonly Candidate[] => {
  const count = authorities === 1 ? 3 + random.below(2) : random.between(1, 4)
  return Array.from({ length: count }, () => ({
    operatorOf: random.chance(0.3) ? random.below(authorities) : null,
  }))
}

/** In order of time, and far enough from the ends of the troubled time. */
const drawTimes = (
  random: RandomSource,
  { calm, delay, troubledMs }: Swarm,
  count: number,
): readonly number[] => {
  // In a calm network nothing comes while another thing is under way.
  const gridMs = calm ? 20 * delay.baseMs : 1
  const span = troubledMs - 2 * MARGIN_MS
  return Array.from({ length: count }, () => MARGIN_MS + random.below(span))
    .map((atMs) => Math.ceil(atMs / gridMs) * gridMs)
    .sort((a, b) => a - b)
}

/** Each a set of machines that follows from the one before it, or from the first. */
const drawSets = (
  random: RandomSource,
  swarm: Swarm,
  candidates: readonly Candidate[],
): readonly (readonly number[])[] => {
  const { authorities, followers, liars, victims } = swarm
  const faulty = new Set([...liars.map(({ member }) => member), ...victims])
  const first = Array.from({ length: authorities }, (_, machine) => machine)
  const pool = [...first, ...candidates.map((_, index) => authorities + followers + index)]
  /** Two machines of one operator have one seat. */
  const operatorOf = (machine: number): number =>
    candidates[machine - authorities - followers]?.operatorOf ?? machine
  const isSet = (set: readonly number[]): boolean =>
    (set.length === 1 || set.length >= FEDERATION_MIN) &&
    new Set(set.map(operatorOf)).size === set.length &&
    set.filter((machine) => faulty.has(machine)).length <= faultsOf(set.length)
  const sets: (readonly number[])[] = []
  const count = swarm.calm ? 1 : random.between(1, CHANGES_MAX)
  let present: readonly number[] = first
  for (let tries = 0; tries < TRIES_MAX && sets.length < count; tries++) {
    const next = drawNext(random, present, { pool, operatorOf })
    if (!isSet(next)) continue
    sets.push(next)
    present = next
  }
  return sets
}

/** A set after the present one: larger, smaller, with one or several others, or the same again. */
const drawNext = (
  random: RandomSource,
  present: readonly number[],
  {
    pool,
    operatorOf,
  }: { readonly pool: readonly number[]; readonly operatorOf: (machine: number) => number },
): readonly number[] => {
  const others = random.shuffle(pool.filter((machine) => !present.includes(machine)))
  const staying = random.shuffle(present)
  const [added] = others
  const kind = random.below(12)
  if (present.length === 1)
    return kind === 0 ? others.slice(0, 1) : [...present, ...others].slice(0, 4)
  if (kind <= 2) return [...present, ...others.slice(0, random.between(1, 3))].slice(0, SIZE_MAX)
  if (kind <= 4)
    return staying.slice(0, Math.max(FEDERATION_MIN, present.length - random.between(1, 3)))
  if (kind === 5) return staying.slice(0, 1)
  if (kind === 6) return present
  if (kind === 7) return random.shuffle(pool).slice(0, Math.max(FEDERATION_MIN, present.length))
  if (added === undefined) return present
  // A rotation, where the candidate is of the operator of a member; an exchange otherwise.
  const rotated = present.find((machine) => operatorOf(machine) === operatorOf(added))
  const leaving = rotated ?? staying[0]
  return present.map((machine) => (machine === leaving ? added : machine))
}

/** A candidate that lies once it votes, if every set that it is in tolerates one more. */
const drawLiar = (
  random: RandomSource,
  { authorities, liars, victims }: Swarm,
  sets: readonly (readonly number[])[],
): readonly Liar[] => {
  if (!random.chance(0.25)) return []
  const faulty = new Set([...liars.map(({ member }) => member), ...victims])
  const own = ADVERSARIES.filter(({ name }) => name !== 'twins')
  const [member] = random
    .shuffle([...new Set(sets.flat())])
    .filter((machine) => machine >= authorities)
    .filter((machine) =>
      sets
        .filter((set) => set.includes(machine))
        .every((set) => set.filter((one) => faulty.has(one)).length < faultsOf(set.length)),
    )
  const adversary = own[random.below(own.length)]
  return member === undefined || adversary === undefined
    ? []
    : [{ member, adversary: adversary.name }]
}

/** What strikes around a change: at one machine, at all of them, or what was said before it. */
const drawBlows = (
  random: RandomSource,
  { atMs, members }: Change,
  {
    honest,
    machines,
    authorities,
  }: {
    readonly honest: readonly number[]
    readonly machines: number
    readonly authorities: number
  },
): readonly Blow[] => {
  const aroundMs = (): number => Math.max(0, atMs - BEFORE_MS + random.below(BEFORE_MS + AFTER_MS))
  const chosen = honest.filter((machine) => members.includes(machine))
  const one = (fault: string): Blow => ({
    fault,
    atMs: aroundMs(),
    forMs: random.between(20, 4_000),
    machines: random.shuffle(random.chance(0.7) && chosen.length > 0 ? chosen : honest).slice(0, 1),
    amount: random.between(1, 60),
  })
  const everybody = Array.from({ length: machines }, (_, machine) => machine)
  const blows: Blow[] = []
  for (let count = random.below(4); count > 0; count--) {
    blows.push(one(random.pick(['kill', 'crashAtEffect', 'crashAtEffect', 'isolation', 'pause'])))
  }
  // One of those who come is down as the epoch begins in which it votes.
  const [coming] = random.shuffle(chosen.filter((machine) => machine >= authorities))
  if (coming !== undefined && random.chance(0.3)) {
    const early = Math.max(0, atMs - random.below(BEFORE_MS))
    blows.push({ ...one('kill'), atMs: early, machines: [coming], amount: random.between(1, 3) })
  }
  if (random.chance(0.15)) blows.push({ ...one('powerCut'), machines: everybody })
  if (random.chance(0.4)) {
    const late = { ...one('replay'), machines: [], forMs: 0, amount: random.between(50, 300) }
    blows.push({ ...late, atMs: atMs + random.below(2_000) })
  }
  return blows
}
