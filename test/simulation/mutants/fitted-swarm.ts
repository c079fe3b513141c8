import { FEDERATION_MIN } from '#protocol/chain/chain-limits.ts'
import { drawChanges } from '../draw-changes.ts'
import { drawOwnOpening } from '../draw-swarm.ts'
import { FAULTS } from '../faults.ts'
import { createRandom } from '../random.ts'
import type { Liar, Swarm } from '../swarm.ts'
import type { Fit } from './mutant.ts'

/** Draws until the authorities change: about one in three does. */
const DRAWS_MAX = 24

/** The least that a seed draws. */
const SMALL_BLOCK = 4

/** The least federation of which two may fail. */
const PAIR_MIN = 7

/** Faults that make it hard to say what time it was. */
const LATE = /clock|pause|slow/i

/** The swarm of a seed, with what a mutant is seen best by; an opening may show it too. */
export const fittedSwarm = (seed: number, fit: Fit = {}): Swarm => {
  const drawn = drawOwnOpening(seed, { overFault: fit.overFault })
  if (drawn.calm || drawn.overFault) return drawn
  const liars = fit.liar === undefined ? drawn.liars : liarsIn(drawn, fit.liar, fit.way)
  const plan =
    fit.steady === undefined ? drawn.plan : drawn.plan.filter(({ fault }) => !LATE.test(fault))
  const blockTransactionsMax =
    fit.smallBlocks === undefined ? drawn.blockTransactionsMax : SMALL_BLOCK
  const { load = drawn.load, syncMs = drawn.syncMs, deeds } = fit
  const asked = { load, syncMs, ...(deeds !== undefined && { deeds }) }
  const lying = { ...drawn, ...asked, liars, plan, blockTransactionsMax }
  const many = fit.together === undefined ? lying : withPair(lying)
  const struck = fit.fault === undefined ? many : struckBy(many, fit.fault, fit.together)
  return fit.changes === undefined ? struck : flawed(changed(struck), fit.flaw)
}

const liarsIn = (drawn: Swarm, adversary: string, way: string | undefined): Liar[] => {
  const members = mayFail(drawn) ? [drawn.seed % drawn.authorities] : membersOf(drawn.liars)
  return members.map((member) => ({ member, adversary, ...(way !== undefined && { way }) }))
}

/** Nobody fails as drawn, and one may. */
const mayFail = ({ authorities, liars, victims }: Swarm): boolean =>
  liars.length + victims.length === 0 && authorities >= FEDERATION_MIN

const membersOf = (liars: readonly Liar[]): number[] => liars.map(({ member }) => member)

/** Who is to fail is a victim, and there are two of them at least. */
const withPair = (drawn: Swarm): Swarm => {
  const authorities = Math.max(drawn.authorities, PAIR_MIN)
  const failing = [...drawn.victims, ...membersOf(drawn.liars)]
  const others = Array.from(
    { length: authorities },
    (_, place) => (drawn.seed + place) % authorities,
  )
    .filter((member) => !failing.includes(member))
    .slice(0, Math.max(0, 2 - failing.length))
  const victims = [...failing, ...others]
  // Who would have come in is not there.
  const machines = authorities + drawn.followers
  const plan = drawn.plan.map((blow) => ({
    ...blow,
    machines: blow.machines.filter((machine) => machine < machines),
  }))
  return {
    ...drawn,
    authorities,
    plan,
    victims,
    liars: [],
    candidates: [],
    changes: [],
    outdated: [],
  }
}

const struckBy = (drawn: Swarm, name: string, together?: true): Swarm => {
  const { seed, authorities, followers, troubledMs } = drawn
  const fault = FAULTS.find((one) => one.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  const failing = mayFail(drawn) ? [seed % authorities] : membersOf(drawn.liars)
  const victims = [...drawn.victims, ...failing]
  const machines = authorities + followers
  const honest = Array.from({ length: machines }, (_, machine) => machine)
  const scene = { machines, authorities, honest, victims, troubledMs }
  const blows = fault
    .draw(createRandom(`${name} ${seed}`), scene)
    .map((blow) => ({ fault: name, ...blow, ...(together && { machines: victims }) }))
  const plan = [...drawn.plan, ...blows].sort((a, b) => a.atMs - b.atMs)
  return { ...drawn, liars: [], victims, plan }
}

const changed = (drawn: Swarm): Swarm => {
  for (let draw = 0; drawn.changes.length === 0 && draw < DRAWS_MAX; draw++) {
    const changes = drawChanges(createRandom(`changes ${drawn.seed} ${draw}`), drawn)
    if (changes.changes !== undefined) return { ...drawn, ...changes }
  }
  return drawn
}

const flawed = (swarm: Swarm, flaw: Fit['flaw']): Swarm =>
  flaw === undefined
    ? swarm
    : { ...swarm, changes: swarm.changes.map((change) => ({ ...change, flaw })) }
