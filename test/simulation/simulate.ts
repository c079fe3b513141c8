import type { OutboxEnd } from '#node/outbox/outbox.ts'
import { faultsOf } from '#protocol/chain/authority-set.ts'
import { ADVERSARIES } from './adversaries.ts'
import { createCircuit } from './circuit.ts'
import { REQUIRED_MARKS } from './coverage.ts'
import { FAULTS } from './faults.ts'
import { createFederation, type Federation } from './federation.ts'
import { createJudges, type Judges } from './judges.ts'
import { createRealKeys, createStandInKeys } from './keys.ts'
import { drawLoad } from './load.ts'
import { type Observation, Violation } from './observation.ts'
import { createPayments, type Payments } from './payments.ts'
import { createPromises, type Promises } from './promises.ts'
import { createRandom } from './random.ts'
import type { Swarm } from './swarm.ts'
import { type Counter, createCounter, type Tally } from './tally.ts'
import { createTrace } from './trace.ts'

/** What became of one simulation. */
export type Outcome = {
  readonly seed: number
  readonly failure: { readonly checker: string; readonly message: string } | undefined
  readonly trace: string
  readonly faults: Tally
  readonly byzantine: Tally
  /** Things that happened, to see that rare paths are taken. */
  readonly marks: Tally
  readonly blocks: number
  readonly transactions: number
  readonly virtualMs: number
}

/** A node is up and votes after so long, in a network that works. */
const OPENING_MS = 1_500
/** A wave of the opening is final after so long, in a network that works. */
const WAVE_MS = 4_000
/** Longest view, and what is added once to all of them (consensus.md §6). */
const VIEW_CAP_MS = 10_000
/** Longest pause of an outbox, of a question, of a retry: each once. */
const PAUSES_MS = 60_000
/** Stillness is watched for three beacons. */
const STILL_MS = 6_000
/** Until nobody believes any more that a peer is inactive that was away. */
const SETTLE_MS = 8_000

/** A machine that starts again reads its disk and finds its peers. */
const RESTART_MS = 1_000
/** How long the last payment is worth something: longer than any bound. */
const PATIENCE_MS = 600_000

type Run = {
  readonly swarm: Swarm
  readonly federation: Federation
  readonly payments: Payments
  readonly promises: Promises
  readonly judges: Judges
  readonly faults: Counter
  readonly marks: Counter
}

/** Who follows a simulation: every line of its trace, and everything that the checkers see. */
export type Audience = {
  readonly print?: (line: string) => void
  readonly watch?: (observation: Observation) => void
}

/** Runs one simulation to its end, or to the first thing that does not hold. */
export const simulate = (swarm: Swarm, { print, watch }: Audience = {}): Outcome => {
  const trace = createTrace(print)
  const keys = swarm.realSignatures ? createRealKeys() : createStandInKeys()
  const circuit = createCircuit(swarm, keys)
  const judges = createJudges(swarm, { circuit, keys })
  const promises = createPromises()
  const faults = createCounter(FAULTS.map(({ name }) => name))
  const byzantine = createCounter(ADVERSARIES.map(({ name }) => name))
  const marks = createCounter(REQUIRED_MARKS)
  const federation = createFederation({
    swarm,
    keys,
    trace,
    byzantine,
    marks,
    observe: (observation) => {
      marks.count(observation.type)
      if (observation.type === 'answer') marks.count(endOf(observation.end))
      watch?.(observation)
      judges.see(observation)
      promises.see(observation)
    },
  })
  const payments = createPayments(circuit, keys)
  const failure = failureOf(() =>
    runPhases({ swarm, federation, payments, promises, judges, faults, marks }),
  )
  const final = highest(federation)
  return {
    seed: swarm.seed,
    failure,
    trace: trace.hash(),
    faults: faults.tally(),
    byzantine: byzantine.tally(),
    marks: marks.tally(),
    blocks: final,
    transactions: promises.count('recorded'),
    virtualMs: federation.agenda.nowMs(),
  }
}

const endOf = (end: OutboxEnd): string => {
  if (end.kind === 'expired') return 'ended expired'
  return end.event.outcome === 'applied' ? 'ended applied' : 'ended refused'
}

const failureOf = (run: () => void): Outcome['failure'] => {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof Violation) return { checker: error.checker, message: error.message }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { checker: 'exception', message }
  }
}

const runPhases = (run: Run): void => {
  open(run)
  const { federation, swarm } = run
  const startMs = federation.agenda.nowMs()
  federation.unleash()
  plan(run, startMs)
  federation.agenda.advance(startMs + swarm.troubledMs)
  heal(run)
  converge(run)
  compareBooks(run)
  beStill(run)
}

/** Everybody starts, and what payments need is brought into the ledger, with nothing wrong yet. */
const open = (run: Run): void => {
  const { swarm, federation } = run
  for (const machine of federation.machines) machine.boot()
  federation.agenda.advance(OPENING_MS)
  if (swarm.load !== 'idle') bringIn(run, WAVE_MS)
}

/** Brings in the venue, its cards and its customers, each wave within the bound. */
const bringIn = ({ federation, payments, promises }: Run, boundMs: number): void => {
  const { agenda } = federation
  for (const wave of payments.opening(federation.machine(0).wallMs())) {
    const entries = wave()
    const machine = honest(federation)[entries.length % honest(federation).length]
    for (const entry of entries) if (machine !== undefined) promises.submit(machine, entry)
    const done = () => entries.every((entry) => promises.hasEnded(entry))
    agenda.advance(agenda.nowMs() + boundMs, done)
    if (!done()) throw new Violation('liveness', `the opening stands still: ${entries[0]?.kind}`)
  }
}

const plan = (run: Run, startMs: number): void => {
  const { swarm, federation, payments, promises, faults } = run
  const { agenda } = federation
  for (const blow of swarm.plan) {
    const fault = FAULTS.find(({ name }) => name === blow.fault)
    if (fault === undefined) throw new Error(`no fault ${blow.fault}`)
    agenda.at(startMs + blow.atMs, () => {
      faults.count(fault.name)
      fault.strike(federation, blow)
    })
  }
  const random = createRandom(`load ${swarm.seed}`)
  for (const { atMs, machines, sign } of drawLoad(swarm, { random, payments })) {
    agenda.at(startMs + atMs, () => {
      const entries = sign(federation.machine(0).wallMs())
      for (const machine of machines) {
        for (const entry of entries) promises.submit(federation.machine(machine), entry)
      }
    })
  }
}

/** The last blow ends, and whoever is down starts again. */
const heal = ({ swarm, federation }: Run): void => {
  const { agenda } = federation
  const ends = swarm.plan.map(({ atMs, forMs }) => atMs + forMs - swarm.troubledMs)
  agenda.advance(agenda.nowMs() + Math.max(1, ...ends) + 1)
  for (const machine of federation.machines) {
    machine.defuse()
    machine.boot()
  }
}

const honest = ({ machines }: Federation) => machines.filter(({ who }) => who.honest)

const heightOf = (machine: Federation['machines'][number]): number =>
  machine.process()?.core.executor.final().header.height ?? -1

const highest = (federation: Federation): number => Math.max(0, ...honest(federation).map(heightOf))

/** Every promise is kept, and all honest nodes reach the same height, within the bound. */
const converge = (run: Run): void => {
  const { swarm, federation, payments, promises, marks } = run
  const { agenda } = federation
  agenda.advance(agenda.nowMs() + RESTART_MS)
  const startMs = agenda.nowMs()
  const boundMs = (faultsOf(swarm.authorities) + 1) * VIEW_CAP_MS + VIEW_CAP_MS + PAUSES_MS
  if (swarm.load === 'idle') bringIn(run, boundMs)
  const [first] = honest(federation)
  if (first === undefined) throw new Error('nobody is honest')
  const order = { from: 0, to: 1, amount: 1, forMs: PATIENCE_MS }
  const last = payments.transfer(first.wallMs(), order)
  promises.submit(first, last)
  const lagging = () =>
    honest(federation).filter((machine) => heightOf(machine) < highest(federation))
  for (let waitedMs = 0; waitedMs < boundMs; waitedMs += 50) {
    agenda.advance(agenda.nowMs() + 50)
    if (promises.hasEnded(last) && promises.open().length === 0 && lagging().length === 0) break
  }
  const [open] = promises.open()
  if (open !== undefined) throw new Violation('liveness', `${open} after ${boundMs} ms`)
  if (!promises.hasEnded(last)) throw new Violation('liveness', 'the last payment is lost')
  const [behind] = lagging()
  if (behind !== undefined) {
    const at = `${behind.who.name} is at height ${heightOf(behind)} of ${highest(federation)}`
    throw new Violation('liveness', `${at} after ${boundMs} ms`)
  }
  marks.count(markOf(agenda.nowMs() - startMs))
}

const markOf = (tookMs: number): string => {
  if (tookMs < 1_000) return 'converged within 1 s'
  return tookMs < 10_000 ? 'converged within 10 s' : 'converged later'
}

/** What the model says is what every node's balances are. */
const compareBooks = ({ federation, judges }: Run): void => {
  for (const machine of honest(federation)) {
    const executor = machine.process()?.core.executor
    if (executor === undefined) continue
    const balances = new Map(
      [...executor.finalView().records('balance')].map(({ wallet, asset, available, held }) => [
        `${wallet}/${asset}`,
        available + held,
      ]),
    )
    for (const key of new Set([...balances.keys(), ...judges.balances.keys()])) {
      const [here, there] = [balances.get(key) ?? 0, judges.balances.get(key) ?? 0]
      if (here === there) continue
      throw new Violation(
        'model',
        `${machine.who.name}: ${key} is ${here}, by the model it is ${there}`,
      )
    }
  }
}

/** Nobody says anything but beacons once nothing is left to do, unless somebody is dishonest. */
const beStill = ({ swarm, federation }: Run): void => {
  if (swarm.liars.length > 0) return
  const { agenda } = federation
  agenda.advance(agenda.nowMs() + SETTLE_MS)
  const before = federation.spoken()
  agenda.advance(agenda.nowMs() + STILL_MS)
  const said = federation.spoken() - before
  if (said > 0) throw new Violation('stillness', `${said} messages with nothing left to do`)
  for (const machine of federation.machines) {
    const armed = machine.armed().filter((name) => !IDLE_TIMERS.has(name))
    if (armed.length === 0) continue
    throw new Violation('stillness', `${machine.who.name} has set ${armed.join(', ')}`)
  }
}

const IDLE_TIMERS: ReadonlySet<string> = new Set(['consensus/beacon', 'consensus/heartbeat'])
