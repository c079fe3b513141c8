import type { Effect } from '#consensus/effect.ts'
import type { EpochEnd } from '#consensus/epoch-end.ts'
import type { Event } from '#consensus/event.ts'
import { createFollower } from '#consensus/follower.ts'
import type { FollowerEffect, FollowerEvent } from '#consensus/follower-event.ts'
import type { JournalRecord } from '#consensus/journal-record.ts'
import { epochFrom, recoveredAt } from '#consensus/next-epoch.ts'
import { createReplica } from '#consensus/replica.ts'
import type { Recovered, ReplicaConfig } from '#consensus/replica-config.ts'
import { utf8 } from '#protocol/bytes.ts'
import { type AuthoritySet, createAuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import { createEpochDriver, createWork } from './epoch-driver.ts'
import {
  type Change,
  type EpochNode,
  isHeard,
  isSpoken,
  messageEvent,
  nextOf,
} from './epoch-node.ts'
import {
  armTimer,
  COMMON_CONFIG,
  type Held,
  kill,
  newMachine,
  originOfSet,
  overTheWire,
  persistIn,
  recoveredFrom,
  reload,
  START_WALL_MS,
} from './harness-parts.ts'
import { memberOf, signerOf } from './stand-in-keys.ts'
import { createVirtualClock } from './virtual-clock.ts'

export type EpochHarness = ReturnType<typeof createEpochHarness>
type Pass = (from: string, to: string, message: ConsensusMessage) => boolean

const CHAIN_ID = hashOf(utf8('epochs'))

/** The set of members of these names. */
export const setOfNames = (names: readonly string[]): AuthoritySet => {
  const made = createAuthoritySet(names.map(memberOf))
  if (!made.ok) throw new Error(made.code)
  return made.set
}

/**
 * Nodes by name in virtual time, some of them members of the present set and all others followers; who
 * votes changes by a transaction. Every message takes `latencyMs` and passes the codec.
 */
export const createEpochHarness = (options: {
  readonly members: readonly string[]
  readonly others?: readonly string[]
  readonly latencyMs?: number
  /** How long a store takes to acknowledge final blocks. */
  readonly storeMs?: number
}) => {
  const { latencyMs = 10, storeMs = 0, others = [] } = options
  const origin = originOfSet(CHAIN_ID, setOfNames(options.members))
  const genesisDigest = origin.digest
  const changes = new Map<Hash, Change>()
  const routes: { pass: Pass } = { pass: () => true }
  const clock = createVirtualClock()

  const later = (node: EpochNode, delayMs: number, run: () => void): void => {
    const { life } = node
    clock.after(delayMs, () => {
      if (node.life === life) run()
    })
  }

  const nextIn = (block: Held): EpochEnd['next'] | undefined =>
    nextOf(block, changes, (names) => setOfNames(names))

  /** The sealing blocks that a store holds as final. */
  const endsOf = ({ disk }: EpochNode): readonly EpochEnd[] =>
    disk.store.flatMap(({ blocks, certificate }) => {
      const last = blocks.at(-1)
      const next = last && nextIn(last)
      return last === undefined || next === undefined ? [] : [{ ...last, certificate, next }]
    })

  const configOf = (node: EpochNode, ends: readonly EpochEnd[]) => {
    const end = ends.at(-1)
    const past: Finalization[] = ends.slice(0, -1).map(({ certificate }) => certificate)
    const first = { epoch: 1, set: setOfNames(options.members), genesisDigest }
    const place = end === undefined ? first : epochFrom(end, past)
    const me = place.set.members.findIndex(({ peerId }) => peerId === memberOf(node.name).peerId)
    const config: ReplicaConfig = {
      ...COMMON_CONFIG,
      ...place,
      chainId: CHAIN_ID,
      me,
      sign: signerOf(place.set, me),
    }
    return config
  }

  /** The machine of the epoch in which the store ends. */
  const seat = (node: EpochNode, recovered: Recovered): void => {
    const config = configOf(node, endsOf(node))
    node.config = config
    node.machine =
      config.me === -1
        ? {
            kind: 'follower',
            step: createFollower({ ...config, finalised: recovered.finalised }).step,
          }
        : { kind: 'replica', ...createReplica(config, recovered) }
    node.timers.clear()
    node.epochs.push(config.epoch)
  }

  const createNode = (name: string): EpochNode => {
    const node: EpochNode = {
      ...newMachine(origin),
      name,
      epochs: [],
      votes: [],
      reports: [],
      machine: undefined,
      config: undefined,
    }
    seat(node, recoveredFrom(node.disk, origin))
    return node
  }
  const nodes = new Map([...options.members, ...others].map((name) => [name, createNode(name)]))
  const at = (name: string): EpochNode => {
    const node = nodes.get(name)
    if (node === undefined) throw new Error(`no node ${name}`)
    return node
  }
  /** Those of a set that run, by their indexes. */
  const peersOf = (node: EpochNode, indexes: readonly number[]): readonly EpochNode[] =>
    indexes.flatMap((index) => {
      const peerId = node.config?.set.members[index]?.peerId
      return [...nodes.values()].filter(
        (other) => other.alive && other !== node && memberOf(other.name).peerId === peerId,
      )
    })
  const indexIn = (node: EpochNode, name: string): number =>
    node.config?.set.members.findIndex(({ peerId }) => peerId === memberOf(name).peerId) ?? -1

  const feed = (node: EpochNode, event: Event | FollowerEvent): void => {
    if (!node.alive) return
    const now = { wallMs: START_WALL_MS + clock.nowMs(), monotonicMs: clock.nowMs() }
    const effects = stepOf(node, event, now)
    for (const effect of effects) if (effect.type === 'persist') persist(node, effect.record)
    for (const effect of effects) run(node, effect)
  }

  /** Nodes change their part while messages are under way: what the present one cannot hear is lost. */
  const stepOf = (
    { machine }: EpochNode,
    event: Event | FollowerEvent,
    now: { readonly wallMs: number; readonly monotonicMs: number },
  ): readonly (Effect | FollowerEffect)[] => {
    if (machine?.kind === 'replica') return isHeard(event) ? [] : machine.step(event, now)
    return isSpoken(event) ? [] : (machine?.step(event, now) ?? [])
  }

  const persist = (node: EpochNode, record: JournalRecord): void => {
    persistIn(node, record)
    if (record.type === 'vote') node.votes.push(record.vote)
  }

  const deliver = (from: EpochNode, to: EpochNode, message: ConsensusMessage): void => {
    if (to === from || !to.alive || !routes.pass(from.name, to.name, message)) return
    const decoded = overTheWire(message)
    later(to, latencyMs, () => {
      const index = to.machine?.kind === 'replica' ? indexIn(to, from.name) : -1
      if (index >= 0) feed(to, { type: 'message', from: index, message: decoded })
      else feed(to, { type: 'stranger', peer: from.name, message: decoded })
    })
  }

  const publish = (from: EpochNode, event: FollowerEvent, message?: ConsensusMessage): void => {
    for (const to of nodes.values()) {
      if (to === from || (message && !routes.pass(from.name, to.name, message))) continue
      later(to, latencyMs, () => {
        if (to.machine?.kind === 'follower') feed(to, event)
      })
    }
  }

  const work = createWork({ genesisDigest, later, feed })

  const sayTo = (node: EpochNode, indexes: readonly number[], message: ConsensusMessage): void => {
    for (const peer of peersOf(node, indexes)) deliver(node, peer, message)
  }

  const sayToAll = (node: EpochNode, message: ConsensusMessage): void =>
    sayTo(node, [...(node.config?.set.members.keys() ?? [])], message)

  const publishMessage = (node: EpochNode, message: ConsensusMessage): void => {
    const event = messageEvent(message, node.name)
    if (event !== undefined) publish(node, event, message)
  }

  const publishBlock = (node: EpochNode, digest: Hash): void => {
    const held = node.held.get(digest)
    if (held === undefined) return
    for (const other of nodes.values()) other.held.set(held.digest, held)
    publish(node, { type: 'block', source: node.name, ...held })
  }

  const reoffer = (node: EpochNode): void => {
    for (const other of nodes.values()) {
      for (const hash of node.mempool) other.mempool.add(hash)
      if (other.alive) work.tell(other)
    }
  }

  const run = (node: EpochNode, effect: Effect | FollowerEffect): void => {
    switch (effect.type) {
      case 'send':
        sayTo(node, [effect.to], effect.message)
        return
      case 'broadcast':
        sayToAll(node, effect.message)
        return
      case 'answerStranger':
        deliver(node, at(effect.to), effect.message)
        return
      case 'publish':
        publishMessage(node, effect.message)
        return
      case 'publishBlock':
        publishBlock(node, effect.digest)
        return
      case 'setTimer':
        setTimer(node, effect)
        return
      case 'cancelTimer':
        node.timers.delete(effect.timer)
        return
      case 'build':
        build(node, effect)
        return
      case 'verify':
        verify(node, effect)
        return
      case 'fetch':
        fetch(node, effect)
        return
      case 'finalise':
        finalise(node, effect)
        return
      case 'endEpoch':
        later(node, 0, () => begin(node, effect.end, effect.memory ?? []))
        return
      case 'report':
        node.reports.push(effect.report)
        return
      case 'reoffer':
        reoffer(node)
        return
      default:
    }
  }

  const setTimer = (node: EpochNode, effect: Extract<Effect, { type: 'setTimer' }>): void =>
    armTimer(node, effect, {
      clock,
      isOf: (life) => node.life === life,
      fire: (event) => feed(node, event),
    })

  const { build, verify, fetch, finalise } = createEpochDriver({
    latencyMs,
    storeMs,
    nodes: () => [...nodes.values()],
    later,
    feed,
    nextIn,
    peersOf,
    work,
  })

  /** The next epoch begins in a process that runs on, once the store holds its sealing block. */
  const begin = (node: EpochNode, end: EpochEnd, memory: readonly JournalRecord[]): void => {
    if (endsOf(node).at(-1)?.digest !== end.digest) {
      later(node, 1, () => begin(node, end, memory))
      return
    }
    seat(node, recoveredAt(end, memory))
    boot(node)
  }

  const boot = (node: EpochNode): void => {
    feed(node, { type: 'start' })
    for (const other of nodes.values()) connect(node, other)
    work.tell(node)
  }

  const connect = (node: EpochNode, other: EpochNode): void => {
    if (node === other || !other.alive || !node.alive) return
    const peer = indexIn(node, other.name)
    if (peer >= 0) feed(node, { type: 'peerConnected', peer })
  }

  return {
    chainId: CHAIN_ID,
    nodes,
    at,
    routes,
    feed,
    start: (): void => {
      for (const node of nodes.values()) feed(node, { type: 'start' })
      for (const node of nodes.values()) for (const other of nodes.values()) connect(node, other)
      clock.advance(50)
    },
    submit: (name: string): Hash => spread(hashOf(utf8(name))),
    /** A transaction that names who votes from the given epoch on. */
    change: (change: Change): Hash => {
      const hash = hashOf(utf8(JSON.stringify(change)))
      changes.set(hash, change)
      return spread(hash)
    },
    crash: (name: string): void => kill(at(name)),
    /** From the disk alone. */
    restart: (name: string): void => {
      const node = at(name)
      reload(node, origin)
      seat(node, recoveredFrom(node.disk, origin))
      boot(node)
      for (const other of nodes.values()) connect(other, node)
    },
    advance: clock.advance,
  }

  function spread(hash: Hash): Hash {
    for (const node of nodes.values()) {
      if (!node.alive) continue
      node.mempool.add(hash)
      work.tell(node)
    }
    return hash
  }
}
