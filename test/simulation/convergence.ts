import { faultsOf } from '#protocol/chain/authority-set.ts'
import { DEFAULT_PARAMETERS } from '#protocol/genesis.ts'
import { refusedPerHourOf } from './circuit.ts'
import { watchEffort } from './effort.ts'
import type { Federation } from './federation.ts'
import type { Machine } from './machine.ts'
import { Violation } from './observation.ts'
import { bringIn, heightOf, highestOf, largestSet, opensAtOnce, type Run, reliable } from './run.ts'
import type { Swarm } from './swarm.ts'

/** Longest view, and what is added once to all of them (consensus.md §6). */
const VIEW_CAP_MS = 10_000
/** Longest pause of an outbox, of a question, of a retry: each once. */
const PAUSES_MS = 60_000
/** Stillness is watched for three beacons. */
const STILL_MS = 6_000
/** A payment takes no longer in a network at rest, with leaders that are gone. */
const WAKE_MS = 3_000
/** With disks slower than messages views end by their timers until the last block is settled. */
const REST_WAKES = 5
/** Until nobody believes any more that a peer is inactive that was away. */
const SETTLE_MS = 8_000
/** A machine that starts again reads its disk and finds its peers. */
const RESTART_MS = 1_000
/** How long anything else is worth something, at most. */
const EXPIRY_MAX_MS = 120_000
/** How long the last payment is worth something: longer than any bound. */
const PATIENCE_MS = 600_000

/** Views since the settled one that cost no back-off. */
const FREE_VIEWS = 2

/** Every promise is kept, and all honest nodes reach the same height, within the bound. */
export const converge = (run: Run): void => {
  const { swarm, federation, promises, marks } = run
  const { agenda } = federation
  agenda.advance(agenda.nowMs() + RESTART_MS)
  const startMs = agenda.nowMs()
  const effort = watchEffort(run)
  const boundMs = (faultsOf(largestSet(run)) + 1) * VIEW_CAP_MS + VIEW_CAP_MS + PAUSES_MS
  if (!opensAtOnce(swarm)) bringIn(run, boundMs)
  const [first] = reliable(federation)
  if (first === undefined) throw new Error('nobody is honest')
  const order = { from: 0, to: 1, amount: 1, forMs: PATIENCE_MS }
  const last = federation.payments.transfer(first.wallMs(), order)
  promises.submit(first, last)
  const lagging = () =>
    reliable(federation).filter((machine) => heightOf(machine) < highestOf(federation))
  const isSettled = () =>
    promises.hasEnded(last) && lagging().length === 0 && amnesic(federation).length === 0
  const lastMs = boundMs + longestExpiryMs(swarm)
  // Whoever was settled lags for a moment again when a last block notices what has expired.
  let wasSettled = false
  for (let waitedMs = 0; waitedMs < lastMs; waitedMs += 50) {
    agenda.advance(agenda.nowMs() + 50)
    const settled = isSettled()
    wasSettled ||= settled
    if (settled && promises.open().length === 0) break
    if (!wasSettled && waitedMs >= boundMs) break
  }
  const [open] = promises.open()
  if (open !== undefined) throw new Violation('liveness', `${open} after ${boundMs} ms`)
  if (!promises.hasEnded(last)) throw new Violation('liveness', 'the last payment is lost')
  const [behind] = lagging()
  if (behind !== undefined) {
    const at = `${behind.who.name} is at height ${heightOf(behind)} of ${highestOf(federation)}`
    throw new Violation('liveness', `${at} after ${boundMs} ms`)
  }
  const [lost] = amnesic(federation)
  if (lost !== undefined) {
    throw new Violation('liveness', `${lost.who.name} is in amnesia after ${boundMs} ms`)
  }
  effort.judge()
  marks.count(speedOf(agenda.nowMs() - startMs))
}

/** What no block may even refuse, since few refusals are recorded an hour, waits until it expires. */
const longestExpiryMs = (swarm: Swarm): number =>
  refusedPerHourOf(swarm) < DEFAULT_PARAMETERS.refusedPerHour ? EXPIRY_MAX_MS : 0

/** Who runs and has not learned yet where its lost votes can be. */
const amnesic = ({ machines }: Federation): readonly Machine[] =>
  machines.filter((machine) => {
    const seat = machine.process()?.seat
    return (
      machine.who.honest && seat?.kind === 'authority' && seat.replica.standing().amnesia !== null
    )
  })

const speedOf = (tookMs: number): string => {
  if (tookMs < 1_000) return 'converged within 1 s'
  return tookMs < 10_000 ? 'converged within 10 s' : 'converged later'
}

/** What the model says is what every node's balances are. */
export const compareBooks = ({ federation, judges }: Run): void => {
  for (const machine of reliable(federation)) {
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

/**
 * Nobody says anything but beacons once nothing is left to do, unless somebody is dishonest, or waits for
 * an outcome that nobody was promised: a disk that changed by itself may hold such an entry, until it
 * expires.
 */
export const beStill = (run: Run): void => {
  const { swarm, federation } = run
  const waits = federation.machines.some(
    (machine) => (machine.process()?.core.outbox.size() ?? 0) > 0,
  )
  if (swarm.liars.length > 0 || waits) return
  const { agenda } = federation
  agenda.advance(agenda.nowMs() + SETTLE_MS)
  const before = federation.spoken()
  agenda.advance(agenda.nowMs() + STILL_MS)
  const said = federation.spoken() - before
  if (said > 0) throw new Violation('stillness', `${said} messages with nothing left to do`)
  for (const machine of federation.machines) {
    const armed = busyTimersOf(machine)
    if (armed.length === 0) continue
    throw new Violation('stillness', `${machine.who.name} has set ${armed.join(', ')}`)
  }
  wake(run)
}

/** A payment out of the stillness is final at once, and leaves no back-off behind. */
const wake = ({ federation, promises }: Run): void => {
  const { agenda, payments } = federation
  const [first] = reliable(federation)
  if (first === undefined) return
  const order = { from: 1, to: 0, amount: 1, forMs: PATIENCE_MS }
  const entry = payments.transfer(first.wallMs(), order)
  promises.submit(first, entry)
  agenda.advance(agenda.nowMs() + WAKE_MS)
  if (!promises.hasEnded(entry)) throw new Violation('liveness', `nothing wakes ${first.who.name}`)
  for (let wakes = 0; wakes < REST_WAKES && !isAtRest(federation); wakes++) {
    agenda.advance(agenda.nowMs() + WAKE_MS)
  }
  for (const machine of reliable(federation)) judgeBackoff(machine, federation)
}

/** Views without finality make timers longer; after a final block only leaders that are gone do. */
const judgeBackoff = (machine: Machine, { machines, book }: Federation): void => {
  const seat = machine.process()?.seat
  if (seat?.kind !== 'authority') return
  const { epoch } = book.newest()
  const gone = machines.filter(
    (each) => book.memberOf(epoch, each.who.index) !== undefined && !each.isUp(),
  ).length
  const wrong = backoffFault({ ...seat.replica.standing(), gone })
  if (wrong !== undefined) throw new Violation('backoff', `${machine.who.name} ${wrong}`)
}

export const backoffFault = (at: {
  readonly view: number
  readonly settledView: number
  readonly gone: number
}): string | undefined =>
  at.view - at.settledView > FREE_VIEWS + at.gone
    ? `rests in view ${at.view}, settled ${at.settledView}`
    : undefined

const isAtRest = (federation: Federation): boolean =>
  reliable(federation).every((machine) => busyTimersOf(machine).length === 0)

const busyTimersOf = (machine: Machine): readonly string[] =>
  machine.armed().filter((name) => !IDLE_TIMERS.has(name))

const IDLE_TIMERS: ReadonlySet<string> = new Set([
  'consensus/beacon',
  'consensus/heartbeat',
  // It keeps a snapshot for whoever else may ask.
  'snapshot/drop',
])
