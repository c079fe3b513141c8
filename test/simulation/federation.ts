import type { NetworkPort } from '#node/network/network-port.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { hashBytes, hashOfHex } from '#protocol/hash.ts'
import { idBytes } from '#protocol/id.ts'
import { ADVERSARIES } from './adversaries.ts'
import { type Agenda, createAgenda } from './agenda.ts'
import { type Circuit, createCircuit } from './circuit.ts'
import type { Keys } from './keys.ts'
import { Machine, type Seen } from './machine.ts'
import { createSimulatedNetwork, type SimulatedNetwork, type Station } from './network.ts'
import type { Observation, Who } from './observation.ts'
import { createRandom, type RandomSource } from './random.ts'
import { createSpy, type Spied } from './spy.ts'
import type { Swarm } from './swarm.ts'
import type { Counter } from './tally.ts'
import type { Trace } from './trace.ts'

/** All machines of one simulation, the network between them, and the time they share. */
export type Federation = {
  readonly swarm: Swarm
  readonly circuit: Circuit
  readonly agenda: Agenda
  readonly network: SimulatedNetwork
  /** Authorities in the order of the set, then followers. */
  readonly machines: readonly Machine[]
  readonly machine: (index: number) => Machine
  /** Machines but these. */
  readonly others: (machines: readonly number[]) => readonly number[]
  readonly later: (afterMs: number, act: () => void) => void
  /** From now on liars lie. */
  readonly unleash: () => void
  /** Messages sent that are no beacons. */
  readonly spoken: () => number
}

export type FederationParts = {
  readonly swarm: Swarm
  readonly keys: Keys
  readonly trace: Trace
  readonly observe: (observation: Observation) => void
  readonly byzantine: Counter
  readonly marks: Counter
}

export const createFederation = (parts: FederationParts): Federation => {
  const { swarm, keys } = parts
  const circuit = createCircuit(swarm, keys)
  const agenda = createAgenda()
  const random = createRandom(`federation ${swarm.seed}`)
  const spy = createSpy()
  let spoken = 0
  let unleashed = false

  const show = (who: Who, seen: readonly Seen[]): void => {
    for (const one of seen) parts.observe({ ...one, who, atMs: agenda.nowMs() })
  }

  const machineAt = (index: number): Machine => {
    const found = machines[index]
    if (found === undefined) throw new Error(`no machine ${index}`)
    return found
  }

  /** What leaves a machine passes its adversary, if it has one, and is seen by the checkers. */
  const watchedPort = (index: number, who: Who, distort: Distort): NetworkPort => {
    const port = network.portOf(index)
    const leave = (spied: Spied): void => {
      const { message } = spied
      if (message?.type !== 'consensus' || message.message.type !== 'beacon') spoken += 1
      show(who, spied.seen)
    }
    return {
      ...port,
      send: (peer, priority, bytes) => {
        const said = unleashed ? distort(peer, bytes, spy.onLink(bytes, who.index)) : bytes
        if (said === undefined) return
        leave(spy.onLink(said, who.index))
        port.send(peer, priority, said)
      },
      publish: (topic, bytes) => {
        const said = unleashed ? distort('followers', bytes, spy.onTopic(bytes, who.index)) : bytes
        if (said === undefined) return
        leave(spy.onTopic(said, who.index))
        port.publish(topic, said)
      },
    }
  }

  const createMachine = (peer: string, index: number): Machine => {
    const who = whoIs(swarm, index)
    const own = random.fork(`machine ${index}`)
    const signer = circuit.members[index]
    const distort = distortionOf(parts, { circuit, index, peer, random: own, machineAt })
    let port: NetworkPort | undefined
    return new Machine({
      who,
      peer,
      genesis: circuit.genesis,
      seat: signer && { me: index, sign: signer.sign },
      verify: keys.verify,
      agenda,
      random: own,
      skewMs: swarm.skewMaxMs === 0 ? 0 : own.between(-swarm.skewMaxMs, swarm.skewMaxMs),
      syncMs: swarm.syncMs,
      network: () => {
        port ??= watchedPort(index, who, distort)
        return port
      },
      onRise: () => network.rise(index),
      onFall: () => network.fall(index),
      observe: (seen) => show(who, [seen]),
      note: (event, sum, detail) =>
        parts.trace.note({ atMs: agenda.nowMs(), node: who.name, event, sum, detail }),
    })
  }

  const machines: readonly Machine[] = circuit.peers.map(createMachine)
  const network: SimulatedNetwork = createSimulatedNetwork({
    agenda,
    random: random.fork('network'),
    stations: machines.map((machine, index) => stationOf(machine, index >= swarm.authorities, spy)),
    authorities: swarm.authorities,
    delay: swarm.delay,
    ordered: swarm.ordered,
    counter: parts.marks,
  })
  return {
    swarm,
    circuit,
    agenda,
    network,
    machines,
    machine: machineAt,
    others: (chosen) =>
      machines.map((_, index) => index).filter((index) => !chosen.includes(index)),
    later: (afterMs, act) => agenda.at(agenda.nowMs() + afterMs, act),
    unleash: () => {
      unleashed = true
    },
    spoken: () => spoken,
  }
}

const whoIs = (swarm: Swarm, index: number): Who =>
  index < swarm.authorities
    ? {
        name: `a${index}`,
        index,
        honest: swarm.liars.every(({ member }) => member !== index),
      }
    : { name: `f${index - swarm.authorities}`, honest: true }

type Distort = (to: string | 'followers', bytes: Uint8Array, spied: Spied) => Uint8Array | undefined

const distortionOf = (
  { swarm, byzantine }: FederationParts,
  own: {
    readonly circuit: Circuit
    readonly index: number
    readonly peer: string
    readonly random: RandomSource
    readonly machineAt: (index: number) => Machine
  },
): Distort => {
  const { circuit, index } = own
  const liar = swarm.liars.find(({ member }) => member === index)
  const adversary = ADVERSARIES.find(({ name }) => name === liar?.adversary)
  const signer = circuit.members[index]
  if (adversary === undefined || signer === undefined) return (_, bytes) => bytes
  const chainId = hashOfHex(Buffer.from(idBytes(networkIdOf(circuit.genesis))).toString('hex'))
  return adversary.create({
    core: () => own.machineAt(index).process()?.core,
    me: index,
    sign: signer.sign,
    domain: { chainId: hashBytes(chainId), set: circuit.set },
    random: own.random.fork(adversary.name),
    others: circuit.set.members.map(({ peerId }) => peerId).filter((peer) => peer !== own.peer),
    count: () => byzantine.count(adversary.name),
  })
}

const stationOf = (
  machine: Machine,
  listens: boolean,
  spy: ReturnType<typeof createSpy>,
): Station => ({
  peer: machine.peer,
  listens,
  isUp: () => machine.isUp(),
  deliver: (from, bytes) =>
    machine.deliver(from, bytes, () => `${from.slice(-6)}: ${spy.onLink(bytes, undefined).text()}`),
  gossip: (topic, from, bytes) =>
    machine.gossip(
      topic,
      from,
      bytes,
      () => `${from.slice(-6)} ${topic}: ${spy.onTopic(bytes, undefined).text()}`,
    ),
  link: (peer, state) => machine.link(peer, state),
})
