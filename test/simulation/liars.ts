import { encodeLinkMessage } from '#node/loop/link-message.ts'
import type { NetworkPort } from '#node/network/network-port.ts'
import { FIRST_EPOCH } from '#protocol/chain/header.ts'
import { encodeMessage } from '#protocol/chain/message.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { hashBytes, hashOfHex } from '#protocol/hash.ts'
import { idBytes } from '#protocol/id.ts'
import { adversaryOf } from './adversaries.ts'
import type { Lies } from './adversary.ts'
import type { Agenda } from './agenda.ts'
import type { Circuit } from './circuit.ts'
import type { EpochBook } from './epoch-book.ts'
import type { Machine } from './machine.ts'
import type { Payments } from './payments.ts'
import type { RandomSource } from './random.ts'
import type { Swarm } from './swarm.ts'
import type { Counter } from './tally.ts'

/** Everything that a liar has its hands on. */
export type LiarParts = {
  readonly swarm: Swarm
  readonly circuit: Circuit
  readonly book: EpochBook
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
  const adversary = liar && adversaryOf(liar.adversary)
  const signer = circuit.seatholders.get(index)?.consensus
  const peer = circuit.peers[index]
  if (adversary === undefined || signer === undefined) return {}
  const place = placeOf(index, parts)
  const chainId = chainIdOf(circuit)
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
    way: liar?.way,
    get epoch() {
      return place().epoch
    },
    get me() {
      return place().me
    },
    sign: signer.sign,
    get domain() {
      return { chainId, set: place().set }
    },
    random: random.fork(adversary.name),
    get others() {
      const members = place().set.members
      return members.map(({ peerId }) => peerId).filter((other) => other !== peer)
    },
    payments: parts.payments,
    count: () => byzantine.count(adversary.name),
    tell: (to, message) => parts.port().send(to, 'vote', encodeLinkMessage(message)),
    publish: (message) => parts.port().publish('votes', encodeMessage(message)),
    every,
  })
}

/** Where its node is at the moment, as far as it is in a set; else where it was last. */
const placeOf = (index: number, { circuit, book, machine }: LiarParts) => {
  let last = { epoch: FIRST_EPOCH, set: circuit.set, me: index }
  return () => {
    const seating = machine().process()?.core.seating()
    if (seating === undefined || seating.epoch === last.epoch) return last
    const me = book.memberOf(seating.epoch, index)
    if (me !== undefined) last = { epoch: seating.epoch, set: seating.set, me }
    return last
  }
}

const chainIdOf = ({ genesis }: Circuit): Uint8Array =>
  hashBytes(hashOfHex(Buffer.from(idBytes(networkIdOf(genesis))).toString('hex')))
