import { encodeLinkMessage } from '#node/loop/link-message.ts'
import type { NetworkPort } from '#node/network/network-port.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { hashBytes, hashOfHex } from '#protocol/hash.ts'
import { idBytes } from '#protocol/id.ts'
import { ADVERSARIES } from './adversaries.ts'
import type { Lies } from './adversary.ts'
import type { Agenda } from './agenda.ts'
import type { Circuit } from './circuit.ts'
import type { Machine } from './machine.ts'
import type { Payments } from './payments.ts'
import type { RandomSource } from './random.ts'
import type { Swarm } from './swarm.ts'
import type { Counter } from './tally.ts'

/** Everything that a liar has its hands on. */
export type LiarParts = {
  readonly swarm: Swarm
  readonly circuit: Circuit
  readonly payments: Payments
  readonly agenda: Agenda
  readonly byzantine: Counter
  readonly random: RandomSource
  readonly machine: () => Machine
  readonly twin: () => Machine | undefined
  readonly splitTwins: () => void
  /** What it says here is said as it is. */
  readonly port: () => NetworkPort
}

/** The lies of a member, or none of an honest one. */
export const liesOf = (index: number, parts: LiarParts): Lies => {
  const { circuit, agenda, byzantine, swarm, random } = parts
  const liar = swarm.liars.find(({ member }) => member === index)
  const adversary = ADVERSARIES.find(({ name }) => name === liar?.adversary)
  const signer = circuit.members[index]
  const peer = circuit.peers[index]
  if (adversary === undefined || signer === undefined) return {}
  const every = (pauseMs: number, act: () => void): void => {
    agenda.at(agenda.nowMs() + pauseMs, () => {
      if (parts.machine().isUp()) act()
      every(pauseMs, act)
    })
  }
  return adversary.create({
    core: () => parts.machine().process()?.core,
    machine: parts.machine,
    twin: parts.twin,
    splitTwins: parts.splitTwins,
    me: index,
    sign: signer.sign,
    domain: { chainId: chainIdOf(circuit), set: circuit.set },
    random: random.fork(adversary.name),
    others: circuit.set.members.map(({ peerId }) => peerId).filter((other) => other !== peer),
    payments: parts.payments,
    count: () => byzantine.count(adversary.name),
    tell: (to, message) => parts.port().send(to, 'vote', encodeLinkMessage(message)),
    every,
  })
}

const chainIdOf = ({ genesis }: Circuit): Uint8Array =>
  hashBytes(hashOfHex(Buffer.from(idBytes(networkIdOf(genesis))).toString('hex')))
