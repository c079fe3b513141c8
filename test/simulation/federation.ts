import type { NetworkPort } from '#node/network/network-port.ts'
import { NEW_BOOK, OLD_BOOK } from '#test/support/second-rules.ts'
import type { Lies } from './adversary.ts'
import { type Agenda, createAgenda } from './agenda.ts'
import type { Circuit } from './circuit.ts'
import { segmentSizesOf } from './disk.ts'
import type { EpochBook } from './epoch-book.ts'
import type { Keys } from './keys.ts'
import { type LiarParts, liesOf } from './liars.ts'
import { Machine } from './machine.ts'
import type { Seen } from './machine-parts.ts'
import { createSimulatedNetwork, type SimulatedNetwork, type Station } from './network.ts'
import { isReliable, type Observation, type Who } from './observation.ts'
import { createPayments, type Payments } from './payments.ts'
import { createRandom, type RandomSource } from './random.ts'
import { createSpy, type Sender, type Spied, type Spy } from './spy.ts'
import { doublesOf, type Swarm } from './swarm.ts'
import type { Counter } from './tally.ts'
import type { Trace } from './trace.ts'
import { createWatchedPort } from './watched-port.ts'

/** All machines of one simulation, the network between them, and the time they share. */
export type Federation = {
  readonly swarm: Swarm
  readonly circuit: Circuit
  readonly book: EpochBook
  readonly payments: Payments
  readonly agenda: Agenda
  readonly network: SimulatedNetwork
  /** Authorities in the order of the first set, followers, candidates. */
  readonly machines: readonly Machine[]
  readonly machine: (index: number) => Machine
  /** Another machine that has the name and the key of this authority; it is off at first. */
  readonly double: (index: number) => Machine | undefined
  /** Of a machine, or of a double, in the network. */
  readonly indexOf: (machine: Machine) => number
  /** Machines but these. */
  readonly others: (machines: readonly number[]) => readonly number[]
  readonly later: (afterMs: number, act: () => void) => void
  /** From now on liars distort what they say and hear. */
  readonly allowLies: () => void
  /** From now on liars lie in every way of theirs. */
  readonly unleash: () => void
  /** Something that strikes from outside, for whoever reads the trace. */
  readonly tell: (event: string, detail: string) => void
  /** What was sent that is no beacon. */
  readonly spoken: () => number
  /** Questions for blocks and transactions that the reliable asked. */
  readonly asked: () => number
}

export type FederationParts = {
  readonly swarm: Swarm
  readonly circuit: Circuit
  readonly book: EpochBook
  readonly keys: Keys
  readonly trace: Trace
  readonly observe: (observation: Observation) => void
  readonly byzantine: Counter
  readonly marks: Counter
}

export const createFederation = (parts: FederationParts): Federation => {
  const { swarm, circuit, book, keys } = parts
  const payments = createPayments(circuit, keys, swarm)
  const agenda = createAgenda()
  const random = createRandom(`federation ${swarm.seed}`)
  const spy = createSpy()
  const doubled = doublesOf(swarm)
  let spoken = 0
  let asked = 0
  let unleashed = false

  const show = (who: Who, seen: readonly Seen[]): void => {
    for (const one of seen) parts.observe({ ...one, who, atMs: agenda.nowMs() })
  }

  const machineAt = (index: number): Machine => {
    const found = all[index]
    if (found === undefined) throw new Error(`no machine ${index}`)
    return found
  }

  const count = (index: number, { message }: Spied): void => {
    if (message?.type !== 'consensus' || message.message.type !== 'beacon') spoken += 1
    if (message?.type === 'request' && isReliable(machineAt(index).who)) asked += 1
  }

  const watchedPort = (index: number, lies: Lies): NetworkPort => {
    const { name: node, index: seat } = machineAt(index).who
    return createWatchedPort({
      port: network.portOf(index),
      spy,
      sender: (epoch) => book.memberOf(epoch, seat),
      say: () => (unleashed ? lies.say : undefined),
      show: (seen) => show(machineAt(index).who, seen),
      onSaid: (spied) => count(index, spied),
      tell: (detail) => parts.trace.tell({ atMs: agenda.nowMs(), node, event: 'send', detail }),
      nameOf,
    })
  }

  const nameOf = (peer: string): string => all.find((each) => each.peer === peer)?.who.name ?? peer

  /** `twinOf`: the authority whose name and key this machine has too. */
  const createMachine = (index: number, twinOf?: number): Machine => {
    const seat = twinOf ?? index
    const who = whoIs(swarm, seat, twinOf !== undefined)
    const own = random.fork(twinOf === undefined ? `machine ${index}` : `double ${seat}`)
    const holder = circuit.seatholders.get(seat)
    const lies = liesOf(seat, liarParts(index, own))
    liars.push(lies)
    let port: NetworkPort | undefined
    return new Machine({
      who,
      peer: circuit.peers[seat] ?? '',
      genesis: circuit.genesis,
      seat: holder && {
        me: seat,
        sign: holder.consensus.sign,
        consensusKey: holder.consensus.key,
      },
      rules: swarm.outdated.includes(seat) ? OLD_BOOK : NEW_BOOK,
      verify: keys.verify,
      agenda,
      random: own,
      skewMs: swarm.skewMaxMs === 0 ? 0 : own.between(-swarm.skewMaxMs, swarm.skewMaxMs),
      syncMs: swarm.syncMs,
      segments: segmentSizesOf(swarm.load),
      network: () => {
        port ??= watchedPort(index, lies)
        return port
      },
      hear: (from, bytes) => {
        const lied = unleashed ? lies.hear : undefined
        const heard = lied === undefined ? bytes : lied(from, bytes, spy.onLink(bytes, nobody))
        if (heard !== undefined) show(machineAt(index).who, toldIn(from, spy.onLink(heard, nobody)))
        return heard
      },
      onRise: () => network.rise(index),
      onFall: () => network.fall(index),
      observe: (seen) => show(machineAt(index).who, [seen]),
      note: (event, sum, detail) =>
        parts.trace.note({ atMs: agenda.nowMs(), node: who.name, event, sum, detail }),
    })
  }

  const liarParts = (index: number, own: RandomSource): LiarParts => ({
    swarm,
    circuit,
    book,
    payments,
    agenda,
    byzantine: parts.byzantine,
    random: own,
    machine: () => machineAt(index),
    twin: () => doubleOf(index),
    splitTwins: () => splitTwins(index, own),
    port: () => network.portOf(index),
  })

  /** Each other machine loses sight of one of the two, or of neither. */
  const splitTwins = (index: number, own: RandomSource): void => {
    const sides = [index, machines.length + doubled.indexOf(index)]
    for (const other of machines.keys()) {
      const hidden = other === index ? undefined : sides[own.below(3)]
      if (hidden === undefined) continue
      network.cut(hidden, other)
      network.cut(other, hidden)
    }
  }

  const doubleOf = (index: number): Machine | undefined => {
    const at = doubled.indexOf(index)
    return at < 0 ? undefined : all[machines.length + at]
  }

  const liars: Lies[] = []
  const machines: readonly Machine[] = circuit.peers.map((_, index) => createMachine(index))
  const all: readonly Machine[] = [
    ...machines,
    ...doubled.map((member, index) => createMachine(machines.length + index, member)),
  ]
  const network: SimulatedNetwork = createSimulatedNetwork({
    agenda,
    random: random.fork('network'),
    stations: all.map((machine) => stationOf(machine, spy, nameOf)),
    delay: swarm.delay,
    ordered: swarm.ordered,
    recorded: swarm.plan.some(({ fault }) => fault === 'replay'),
    counter: parts.marks,
    onScore: (by, peer, reason, verdict) => {
      const blamed = all.find((each) => each.peer === peer)?.who
      if (verdict !== 'reject' || blamed === undefined) return
      show(machineAt(by).who, [{ type: 'blamed', peer: blamed, reason }])
    },
  })
  return {
    swarm,
    circuit,
    book,
    payments,
    agenda,
    network,
    machines,
    machine: machineAt,
    double: doubleOf,
    indexOf: (machine) => all.indexOf(machine),
    others: (chosen) => [...machines.keys()].filter((index) => !chosen.includes(index)),
    later: (afterMs, act) => agenda.at(agenda.nowMs() + afterMs, act),
    allowLies: () => {
      unleashed = true
    },
    unleash: () => {
      unleashed = true
      for (const { begin } of liars.slice(0, machines.length)) begin?.()
    },
    tell: (event, text) =>
      parts.trace.tell({ atMs: agenda.nowMs(), node: '', event, detail: () => text }),
    spoken: () => spoken,
    asked: () => asked,
  }
}

const whoIs = (swarm: Swarm, seat: number, impaired: boolean): Who => {
  const { authorities, followers } = swarm
  if (seat >= authorities && seat < authorities + followers) {
    return { name: `f${seat - authorities}`, honest: true, impaired }
  }
  const honest = swarm.liars.every(({ member }) => member !== seat)
  const plain = seat < authorities ? `a${seat}` : `c${seat - authorities - followers}`
  const who = { name: impaired ? `${plain}'` : plain, index: seat, honest, impaired }
  return impaired ? { ...who, harm: 'key' } : who
}

/** What a status says to whom it reaches. */
const toldIn = (from: string, { message }: Spied): readonly Seen[] => {
  if (message?.type !== 'consensus' || message.message.type !== 'status') return []
  const { epoch, remembers } = message.message.status
  return [{ type: 'told', from, epoch, remembers }]
}

/** Who only reads. */
const nobody: Sender = () => undefined

/** Who has no vote hears what is published. */
const isFollowing = (machine: Machine): boolean =>
  (machine.process()?.seat.kind ?? 'authority') === 'follower' || machine.who.index === undefined

const stationOf = (machine: Machine, spy: Spy, nameOf: (peer: string) => string): Station => ({
  peer: machine.peer,
  get listens() {
    return isFollowing(machine)
  },
  serves: machine.who.index !== undefined,
  isUp: () => machine.isUp(),
  deliver: (from, bytes) =>
    machine.deliver(from, bytes, () => `${nameOf(from)}: ${spy.onLink(bytes, nobody).text()}`),
  gossip: (topic, from, bytes) =>
    machine.gossip(
      topic,
      from,
      bytes,
      () => `${nameOf(from)} ${topic}: ${spy.onTopic(bytes, nobody).text()}`,
    ),
  link: (peer, state) => machine.link(peer, state, () => nameOf(peer)),
})
