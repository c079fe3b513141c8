import type { Effect } from '#consensus/effect.ts'
import type { Event } from '#consensus/event.ts'
import type { JournalRecord } from '#consensus/journal-record.ts'
import { FIRST_EPOCH } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { type Agenda, createAgenda } from '../agenda.ts'
import type { Seen } from '../machine-parts.ts'
import type { Observation } from '../observation.ts'
import { consensusText, seenInConsensus } from '../spy.ts'
import { START_MS } from '../start.ts'
import type { Trace } from '../trace.ts'
import {
  build,
  fetched,
  finalHeight,
  type Machine,
  retreat,
  store,
  verify,
  workEvent,
} from './parted-machine.ts'
import { areTogether, PARTED_VIEWS } from './scenario.ts'

/** Δ of the machines. */
export const DELTA_MS = 100
/** What a message takes while the network is parted: all that Δ allows, so that it meets timers. */
const PARTED_LATENCY_MS = DELTA_MS
/** What one takes in a network that is well. */
const LATENCY_MS = 10

export type World = {
  readonly agenda: Agenda
  readonly machines: readonly Machine[]
  /** From now on the splits hold, and what waits for a block is told. */
  readonly part: () => void
  /** The splits of all views that anybody is in by now hold no more; those of later ones still do. */
  readonly mend: () => void
  readonly isHealed: () => boolean
  /** Starts all machines and lets the statuses pass. */
  readonly start: () => void
  /** Views entered so far, by anybody. */
  readonly entries: () => number
  /** Messages said so far, other than beacons. */
  readonly said: () => number
}

/** Machines in virtual time, parted by views: what a machine says is heard by its side of the split of its view. */
export const createWorld = (parts: {
  readonly machines: readonly Machine[]
  readonly splits: readonly number[]
  readonly see: (observation: Observation) => void
  readonly trace: Trace
}): World => {
  const { machines, splits, trace } = parts
  const agenda = createAgenda()
  const network = { begun: false, wholeUpTo: PARTED_VIEWS, entries: 0, said: 0 }

  const see = (machine: Machine, seen: Seen): void =>
    parts.see({ ...seen, who: machine.who, atMs: agenda.nowMs() })

  /** How the network is parted for a machine in a view. */
  const splitOf = ({ view }: Machine): number =>
    view <= network.wholeUpTo ? 0 : (splits[view - 1] ?? 0)

  const latencyMs = (): number => (isHealed() ? LATENCY_MS : PARTED_LATENCY_MS)

  const isHealed = (): boolean =>
    network.wholeUpTo >= PARTED_VIEWS || machines.every(({ view }) => view > PARTED_VIEWS)

  const hearersOf = (machine: Machine, to?: number): readonly Machine[] => {
    const split = splitOf(machine)
    return machines.filter(
      ({ index, member }) =>
        member !== machine.member &&
        (to === undefined || member === to) &&
        areTogether(split, machine.index, index),
    )
  }

  const feed = (machine: Machine, event: Event): void => {
    const monotonicMs = agenda.nowMs()
    const effects = machine.replica.step(event, { wallMs: START_MS + monotonicMs, monotonicMs })
    note(machine, event.type, () => (event.type === 'message' ? consensusText(event.message) : ''))
    seePersisted(machine, effects)
    for (const effect of effects) if (effect.type === 'report') heed(machine, effect.report)
    for (const effect of effects) run(machine, effect)
    const work = network.begun ? workEvent(machine) : undefined
    if (work !== undefined) later(machine, 0, () => work)
  }

  const note = (machine: Machine, event: string, detail: () => string): void =>
    trace.note({ atMs: agenda.nowMs(), node: machine.who.name, event, sum: 0, detail })

  const later = (machine: Machine, delayMs: number, event: () => Event | undefined): void =>
    agenda.at(agenda.nowMs() + delayMs, () => {
      const due = event()
      if (due !== undefined) feed(machine, due)
    })

  const seePersisted = (machine: Machine, effects: readonly Effect[]): void => {
    const records: JournalRecord[] = []
    for (const effect of effects) if (effect.type === 'persist') records.push(effect.record)
    if (records.length === 0) return
    const blocks = records.flatMap((record) => (record.type === 'block' ? [record.digest] : []))
    see(machine, { type: 'durable', records, blocks })
  }

  const seeStanding = (machine: Machine): void => {
    const { settledView, roundsHeld: rounds, blocksHeld: blocks } = machine.replica.standing()
    const held = { settledView, rounds, blocks, open: blocks, waiting: machine.told.transactions }
    see(machine, {
      type: 'standing',
      epoch: FIRST_EPOCH,
      view: machine.view,
      height: finalHeight(machine),
      held,
    })
  }

  const heed = (machine: Machine, report: Extract<Effect, { type: 'report' }>['report']): void => {
    switch (report.kind) {
      case 'view':
        machine.view = report.view
        network.entries += 1
        seeStanding(machine)
        return
      case 'evidence':
        see(machine, { type: 'evidence', epoch: FIRST_EPOCH, member: report.evidence.a.signer })
        return
      case 'peer':
        for (const peer of machines.filter(isNamed(report.peer))) {
          see(machine, { type: 'blamed', peer: peer.who, reason: report.reason })
        }
        return
      case 'fatal':
        see(machine, { type: 'stopped', code: report.code, detail: report.detail, excused: false })
        return
      default:
        see(machine, { type: 'report', code: report.kind })
    }
  }

  const say = (machine: Machine, message: ConsensusMessage, to?: number): void => {
    if (message.type !== 'beacon') network.said += 1
    tell(machine, 'say', () => consensusText(message))
    for (const seen of seenInConsensus(message, () => machine.member)) see(machine, seen)
    for (const hearer of hearersOf(machine, to)) {
      const heard: Event = {
        type: 'message',
        from: machine.member,
        message: asHeard(hearer, message),
      }
      later(hearer, latencyMs(), () => heard)
    }
  }

  const tell = (machine: Machine, event: string, detail: () => string): void =>
    trace.tell({ atMs: agenda.nowMs(), node: machine.who.name, event, detail })

  const setTimer = (machine: Machine, effect: Extract<Effect, { type: 'setTimer' }>): void => {
    const { timer, epoch, view, atMs } = effect
    machine.timers.set(timer, effect)
    agenda.at(atMs, () => {
      if (machine.timers.get(timer) !== effect) return
      machine.timers.delete(timer)
      feed(machine, { type: 'timer', timer, epoch, view })
    })
  }

  const fetch = (machine: Machine, effect: Extract<Effect, { type: 'fetch' }>): void => {
    const peers = effect.peers.flatMap((peer) => hearersOf(machine, peer))
    later(machine, 2 * latencyMs(), () => fetched(machine, effect, peers))
  }

  const finalise = (machine: Machine, effect: Extract<Effect, { type: 'finalise' }>): void => {
    for (const { header, digest } of store(machine, effect)) {
      tell(machine, 'final', () => `${header.height} ${digest.slice(0, 8)}`)
      const block = { header, digest, transactions: [], outcomes: [] }
      const final = { block, transactions: [], events: [], writes: [] }
      see(machine, { type: 'final', block: final, certificate: effect.certificate })
    }
    const height = finalHeight(machine)
    see(machine, { type: 'stored', height })
    seeStanding(machine)
    later(machine, 0, () => ({ type: 'appCommitted', height }))
  }

  const run = (machine: Machine, effect: Effect): void => {
    switch (effect.type) {
      case 'send':
        say(machine, effect.message, effect.to)
        return
      case 'broadcast':
        say(machine, effect.message)
        return
      case 'setTimer':
        setTimer(machine, effect)
        return
      case 'cancelTimer':
        machine.timers.delete(effect.timer)
        return
      case 'build': {
        const event = build(machine, effect, transactionsMaxIn(effect.view))
        later(machine, 0, () => event)
        return
      }
      case 'verify': {
        const event = verify(machine, effect)
        later(machine, 0, () => event)
        return
      }
      case 'fetch':
        fetch(machine, effect)
        return
      case 'finalise':
        finalise(machine, effect)
        return
      case 'retreat':
        retreat(machine, effect.digest)
        return
      default:
    }
  }

  const start = (): void => {
    for (const machine of machines) feed(machine, { type: 'start' })
    for (const machine of machines) {
      for (const peer of new Set(hearersOf(machine).map(({ member }) => member))) {
        feed(machine, { type: 'peerConnected', peer })
      }
    }
    agenda.advance(3 * LATENCY_MS)
  }

  const part = (): void => {
    Object.assign(network, { begun: true, wholeUpTo: 0 })
    for (const machine of machines) {
      const work = workEvent(machine)
      if (work !== undefined) feed(machine, work)
    }
  }

  return {
    agenda,
    machines,
    start,
    part,
    mend: () => {
      network.wholeUpTo = Math.max(...machines.map(({ view }) => view))
    },
    isHealed,
    entries: () => network.entries,
    said: () => network.said,
  }
}

/** Members are blamed by their index, who gave final blocks by its name. */
const isNamed =
  (name: number | string) =>
  ({ member, who }: Machine): boolean =>
    member === name || who.name === name

/** A block of a parted view holds one transaction, so that something waits in all of them. */
const transactionsMaxIn = (view: number): number =>
  view <= PARTED_VIEWS ? 1 : Number.MAX_SAFE_INTEGER

/** A twin must not learn from others what its double has said: it would stop. */
const asHeard = (hearer: Machine, message: ConsensusMessage): ConsensusMessage =>
  hearer.who.honest || message.type !== 'status'
    ? message
    : { ...message, status: { ...message.status, yourLatestVotes: [] } }
