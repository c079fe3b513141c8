import type { Hash } from '#protocol/hash.ts'
import type { Machine } from './machine.ts'
import { isReliable, type Observation, Violation } from './observation.ts'
import { heightOf, type Run, reliable } from './run.ts'

/** Both sides make blocks for so long, and then see each other for so long. */
const APART_MS = 6_000
const TOGETHER_MS = 30_000
/** A halted node that is started again has heard of the other chain within this. */
const AGAIN_MS = 8_000
const WORTH_MS = 120_000

/** What each reliable node called final, to see a fork. */
export type Chains = {
  readonly see: (observation: Observation) => void
  /** Whether two of these nodes have different blocks at one height. */
  readonly haveForked: (machines: readonly Machine[]) => boolean
}

export const createChains = (): Chains => {
  const byName = new Map<string, Map<number, Hash>>()
  return {
    see: (observation) => {
      const { who } = observation
      if (observation.type !== 'final' || !isReliable(who)) return
      const { header, digest } = observation.block.block
      byName.set(who.name, (byName.get(who.name) ?? new Map()).set(header.height, digest))
    },
    haveForked: (machines) => {
      const digests = new Map<number, Hash>()
      const blocks = machines.flatMap(({ who }) => [...(byName.get(who.name) ?? [])])
      return blocks.some(([height, digest]) => {
        const known = digests.get(height)
        digests.set(height, digest)
        return known !== undefined && known !== digest
      })
    },
  }
}

/**
 * More members lie than may: each is two nodes, one on either side of a cut, and both sides have a
 * quorum. Nothing can keep them from making two chains. Whoever then sees both halts with the proof
 * and wipes nothing; no two honest nodes go on with different chains.
 */
export const runOverFault = (run: Run): void => {
  const { federation, marks, chains } = run
  const { agenda } = federation
  const sides = sidesOf(run)
  tearApart(run, sides)
  agenda.advance(agenda.nowMs() + APART_MS)
  if (!chains.haveForked(reliable(federation))) {
    throw new Violation('staging', 'two sides with a quorum each made one chain')
  }
  marks.count('over-fault fork')
  for (const [a, b] of pairsOf(sides)) heal(run, a, b)
  agenda.advance(agenda.nowMs() + TOGETHER_MS)
  const running = reliable(federation).filter((machine) => machine.isUp())
  if (running.length === reliable(federation).length) {
    throw new Violation('overFault', 'nobody halts on a fork')
  }
  if (someoneTells(run)) oneChain(run, running)
  startAgain(run)
}

/** Followers hear of another chain from authorities: where all of these halted at once, from nobody. */
const someoneTells = ({ federation, swarm }: Run): boolean =>
  federation.machines
    .slice(0, swarm.authorities)
    .some((machine, member) => machine.isUp() || federation.double(member)?.isUp() === true)

const oneChain = ({ chains }: Run, machines: readonly Machine[]): void => {
  if (!chains.haveForked(machines)) return
  const names = machines.map(({ who }) => who.name).join()
  throw new Violation('overFault', `${names} go on with two chains`)
}

/** A restart makes a halted node forget why. It is told again before it adds to another chain. */
const startAgain = (run: Run): void => {
  const { federation } = run
  const { agenda } = federation
  const machines = reliable(federation)
  for (const machine of machines) machine.boot()
  agenda.advance(agenda.nowMs() + AGAIN_MS)
  const before = new Map(machines.map((machine) => [machine, heightOf(machine)]))
  for (const machine of machines) pay(run, machine, 1)
  agenda.advance(agenda.nowMs() + AGAIN_MS)
  const growing = machines.filter((machine) => heightOf(machine) > (before.get(machine) ?? 0))
  oneChain(run, growing)
}

const pay = ({ federation: { payments } }: Run, at: Machine, amount: number): void => {
  const order = { from: amount, to: amount + 1, amount, forMs: WORTH_MS }
  at.submit(payments.transfer(at.wallMs(), order), () => undefined)
}

type Sides = readonly [readonly Machine[], readonly Machine[]]

/** The honest in two halves, and every liar on both sides. */
const sidesOf = ({ federation, swarm }: Run): Sides => {
  const liars = swarm.liars.map(({ member }) => member)
  const honest = reliable(federation)
  return [
    [...liars.map(federation.machine), ...honest.filter((_, index) => index % 2 === 0)],
    [
      ...liars.flatMap((member) => federation.double(member) ?? []),
      ...honest.filter((_, index) => index % 2 === 1),
    ],
  ]
}

const pairsOf = ([here, there]: Sides): readonly (readonly [Machine, Machine])[] =>
  here.flatMap((a) => there.map((b) => [a, b] as const))

const tearApart = (run: Run, sides: Sides): void => {
  const { federation, swarm } = run
  const { network } = federation
  for (const [a, b] of pairsOf(sides)) {
    network.cut(federation.indexOf(a), federation.indexOf(b))
    network.cut(federation.indexOf(b), federation.indexOf(a))
  }
  federation.allowLies()
  for (const { member } of swarm.liars) {
    const [machine, double] = [federation.machine(member), federation.double(member)]
    double?.disk.restore(machine.disk.image())
    double?.boot()
  }
  for (const [side, machines] of sides.entries()) {
    const teller = machines.find(({ who }) => isReliable(who))
    if (teller === undefined) throw new Error('nobody is honest on one side')
    for (const atMs of [100, 2_000, 4_000]) federation.later(atMs, () => pay(run, teller, 1 + side))
  }
}

const heal = ({ federation }: Run, a: Machine, b: Machine): void => {
  const { network } = federation
  network.heal(federation.indexOf(a), federation.indexOf(b))
  network.heal(federation.indexOf(b), federation.indexOf(a))
}
