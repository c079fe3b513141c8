import { VIEW_CAP_MS } from '#consensus/limits.ts'
import { createReplica, type Replica } from '#consensus/replica.ts'
import type { Recovered, ReplicaConfig } from '#consensus/replica-config.ts'
import { utf8 } from '#protocol/bytes.ts'
import { faultsOf } from '#protocol/chain/authority-set.ts'
import { genesisHeader, headerDigest } from '#protocol/chain/header.ts'
import { hashBytes, hashOf, ZERO_HASH } from '#protocol/hash.ts'
import { setOf } from '#test/consensus/stand-in-keys.ts'
import { Violation } from '../observation.ts'
import { START_MS } from '../start.ts'
import { createTrace } from '../trace.ts'
import { createIdealSignatures } from './ideal-signatures.ts'
import { createMarks, type TwinMarks } from './marks.ts'
import { finalHeight, type Machine, waiting } from './parted-machine.ts'
import { createWorld, DELTA_MS, type World } from './parted-world.ts'
import {
  MACHINES,
  MEMBERS,
  machineName,
  PARTED_VIEWS,
  type Scenario,
  SECOND_TWIN,
  scenarioOf,
} from './scenario.ts'
import { createTwinJudges } from './twin-judges.ts'

/** What became of a scenario. */
export type ScenarioOutcome = {
  readonly id: number
  readonly trace: string
  readonly failure: { readonly checker: string; readonly message: string } | undefined
  readonly marks: TwinMarks
  /** Virtual time and views from healing until all honest members had everything final. */
  readonly healedMs: number
  readonly healedViews: number
}

export type MakeReplica = (config: ReplicaConfig, recovered: Recovered) => Replica

export type RunOptions = {
  readonly print?: (line: string) => void
  /** What honest members run. */
  readonly honest?: MakeReplica
  /** Checkers that are not asked. */
  readonly muted?: readonly string[]
}

/** Transactions that are to become final: one more than the parted views can hold. */
const TRANSACTIONS = PARTED_VIEWS + 1
/** Nobody entered a view for so long: longer than a parted view lasts, and than a standstill. */
const QUIET_MS = 20 * DELTA_MS
/** (f + 1) of the longest views and X, and (f + 2) · n views (consensus.md §6, §16). */
const CONVERGED_WITHIN_MS = (faultsOf(MEMBERS) + 1) * VIEW_CAP_MS + 10_000
const VIEWS_MAX = (faultsOf(MEMBERS) + 2) * MEMBERS
/** Nobody says anything for so long; and until then, a twin that is behind has caught up. */
const STILL_MS = 2 * DELTA_MS
const STILL_WITHIN_MS = 5_000

const SET = setOf(MEMBERS)
const CHAIN_ID = hashOf(utf8('twins'))
const GENESIS = genesisHeader({
  chainId: CHAIN_ID,
  timestampMs: START_MS - 1_000,
  transactionRoot: ZERO_HASH,
  stateRoot: ZERO_HASH,
  historyRoot: ZERO_HASH,
  authoritySetHash: SET.hash,
  version: 1,
})
const ORIGIN = { header: GENESIS, digest: headerDigest(GENESIS) }
const POOL = Array.from({ length: TRANSACTIONS }, (_, nth) => hashOf(utf8(`payment ${nth}`)))

/** Plays one scenario to its end: parted, then whole until everything is final, then still. */
export const runScenario = (id: number, options: RunOptions = {}): ScenarioOutcome => {
  const scenario = scenarioOf(id)
  const signatures = createIdealSignatures()
  const marks = createMarks()
  const trace = createTrace(options.print)
  const judges = createTwinJudges({
    origin: ORIGIN,
    chainId: hashBytes(CHAIN_ID),
    set: SET,
    verify: signatures.verify,
    twin: scenario.twin,
    muted: options.muted ?? [],
  })
  const world: World = createWorld({
    machines: machinesOf(scenario, signatures, options.honest ?? createReplica),
    splits: scenario.splits,
    see: (observation) => {
      marks.see(observation, world.isHealed)
      judges(observation)
    },
    trace,
  })
  const spent = { healedMs: 0, healedViews: 0 }
  const failure = failureOf(() => {
    world.start()
    world.part()
    passParts(world, marks.stuck)
    Object.assign(spent, converge(world))
    beStill(world)
  })
  return { id, trace: trace.hash(), failure, marks: marks.found(), ...spent }
}

const failureOf = (play: () => void): ScenarioOutcome['failure'] => {
  try {
    play()
    return undefined
  } catch (error) {
    if (error instanceof Violation) return { checker: error.checker, message: error.message }
    return { checker: 'crash', message: error instanceof Error ? error.message : String(error) }
  }
}

const machinesOf = (
  { twin }: Scenario,
  { signerOf, verify }: ReturnType<typeof createIdealSignatures>,
  makeHonest: MakeReplica,
): readonly Machine[] =>
  Array.from({ length: MACHINES }, (_, index) => {
    const member = index === SECOND_TWIN ? twin : index
    const honest = member !== twin
    const config: ReplicaConfig = {
      chainId: CHAIN_ID,
      epoch: 1,
      set: SET,
      me: member,
      genesisDigest: ORIGIN.digest,
      leaderOffset: 0,
      past: [],
      rulesVersion: 1,
      deltaMs: DELTA_MS,
      heartbeatMs: 3_600_000,
      minBlockGapMs: 0,
      verify,
      sign: signerOf(SET.keys[member] ?? new Uint8Array(32)),
    }
    const finalised = { ...ORIGIN, certificate: null }
    const make = honest ? makeHonest : createReplica
    return {
      index,
      member,
      who: { name: machineName(index, twin), index: member, honest, impaired: false },
      replica: make(config, { records: [], finalised, blocks: [] }),
      pool: index === SECOND_TWIN ? POOL.toReversed() : POOL,
      held: new Map(),
      executed: new Set([ORIGIN.digest]),
      store: [],
      timers: new Map(),
      view: 1,
      tip: ORIGIN.digest,
      told: { tip: ZERO_HASH, transactions: 0 },
    }
  })

/** Goes through the parted views. A split that lets nobody leave its view is mended there. */
const passParts = (world: World, onStuck: () => void): void => {
  const { agenda } = world
  let mended = false
  while (!world.isHealed()) {
    const before = world.entries()
    agenda.advance(agenda.nowMs() + QUIET_MS, world.isHealed)
    const moved = world.isHealed() || world.entries() > before
    if (!moved && mended) throw new Violation('liveness', `no view ends in ${QUIET_MS} ms`)
    mended = !moved
    if (moved) continue
    onStuck()
    world.mend()
  }
}

const honestOf = ({ machines }: World): readonly Machine[] =>
  machines.filter(({ who }) => who.honest)

const highestView = (world: World): number => Math.max(...honestOf(world).map(({ view }) => view))

/** Everything becomes final at every honest member, within the bounds of consensus.md §16. */
const converge = (world: World): { readonly healedMs: number; readonly healedViews: number } => {
  const { agenda } = world
  const start = { ms: agenda.nowMs(), view: highestView(world) }
  const viewsSince = (): number => highestView(world) - start.view
  if (laggardIn(world) !== undefined) {
    agenda.advance(
      start.ms + CONVERGED_WITHIN_MS,
      () => laggardIn(world) === undefined || viewsSince() > VIEWS_MAX,
    )
  }
  const late = laggardIn(world)
  if (late !== undefined) {
    const at = `height ${finalHeight(late)}, ${openIn(late)} transactions are not final`
    const spent = `${agenda.nowMs() - start.ms} ms and ${viewsSince()} views after healing`
    throw new Violation('liveness', `${late.who.name}: ${at} ${spent}`)
  }
  return { healedMs: agenda.nowMs() - start.ms, healedViews: viewsSince() }
}

/** An honest member that is lower than another, or has not everything final. */
const laggardIn = (world: World): Machine | undefined => {
  const honest = honestOf(world)
  const highest = Math.max(...honest.map(finalHeight))
  return honest.find((machine) => finalHeight(machine) < highest || openIn(machine) > 0)
}

/** Transactions that are in no final block of a machine. */
const openIn = (machine: Machine): number => {
  const last = machine.store.at(-1)?.blocks.at(-1)
  return last === undefined ? TRANSACTIONS : waiting(machine, last.digest).length
}

/** With nothing left to do nobody says anything but beacons, and no other timer runs. */
const beStill = (world: World): void => {
  const { agenda } = world
  const untilMs = agenda.nowMs() + STILL_WITHIN_MS
  for (;;) {
    const before = world.said()
    agenda.advance(agenda.nowMs() + STILL_MS)
    const messages = world.said() - before
    const restless = honestOf(world).find(({ timers }) => armedIn(timers).length > 0)
    if (messages === 0 && restless === undefined) return
    if (agenda.nowMs() < untilMs) continue
    const armed = restless && `${restless.who.name} has set ${armedIn(restless.timers).join()}`
    throw new Violation('stillness', armed ?? `${messages} messages with nothing left to do`)
  }
}

const armedIn = (timers: Machine['timers']): readonly string[] =>
  [...timers.keys()].filter((timer) => timer !== 'beacon' && timer !== 'heartbeat')
