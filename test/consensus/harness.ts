import type { Effect } from '#consensus/effect.ts'
import { type Event, NO_WORK } from '#consensus/event.ts'
import { createReplica } from '#consensus/replica.ts'
import type { ReplicaConfig } from '#consensus/replica-config.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import { badReason, blockOf, isGood, type Node, parentIn } from './harness-node.ts'
import {
  armTimer,
  COMMON_CONFIG,
  fetchedBlockFrom,
  fetchedSegmentsFrom,
  kill,
  newMachine,
  originOfSet,
  overTheWire,
  persistIn,
  recoveredFrom,
  reload,
  START_WALL_MS,
  storedFrom,
  waitingIn,
} from './harness-parts.ts'
import { setOf, signerOf } from './stand-in-keys.ts'
import { createVirtualClock } from './virtual-clock.ts'

export type Harness = ReturnType<typeof createHarness>
type Route = (from: number, to: number, message: ConsensusMessage) => boolean

const CHAIN_ID = hashOf(utf8('harness'))

/** `n` replicas in virtual time; every message takes `latencyMs` and passes the codec. */
export const createHarness = (options: {
  readonly size: number
  readonly latencyMs?: number
  readonly config?: Partial<ReplicaConfig>
}) => {
  const latencyMs = options.latencyMs ?? 10
  const set = setOf(options.size)
  const origin = originOfSet(CHAIN_ID, set)
  const genesisDigest = origin.digest
  const clock = createVirtualClock()
  const { nowMs } = clock
  const routes: { pass: Route; extraMs: () => number } = { pass: () => true, extraMs: () => 0 }
  const clocks = new Map<number, number>()
  /** How long stores take to hold what is final. */
  const stores = { lagMs: 0 }
  /** Transactions that no node has, and how long a driver looks for them in vain. */
  const lost = new Map<Hash, number>()
  /** Who is asked for block time: until a block is final, as a driver tells it. */
  const asked = new Set<number>()

  const configOf = (me: number): ReplicaConfig => ({
    ...COMMON_CONFIG,
    chainId: CHAIN_ID,
    epoch: 1,
    set,
    me,
    genesisDigest,
    sign: signerOf(set, me),
    ...options.config,
  })

  const createNode = (index: number): Node => {
    const machine = newMachine(origin)
    return {
      ...machine,
      index,
      tip: genesisDigest,
      replica: createReplica(configOf(index), recoveredFrom(machine.disk, origin)),
      reports: [],
      sent: [],
      published: [],
      finalAt: [],
    }
  }
  const nodes = Array.from({ length: options.size }, (_, index) => createNode(index))

  const feed = (node: Node, event: Event): void => {
    if (!node.alive) return
    if (event.type === 'work' && event.flags.blockTimeAsked) asked.add(node.index)
    const wallMs = START_WALL_MS + nowMs() + (clocks.get(node.index) ?? 0)
    const effects = node.replica.step(event, { wallMs, monotonicMs: nowMs() })
    for (const effect of effects) if (effect.type === 'persist') persistIn(node, effect.record)
    for (const effect of effects) run(node, effect)
  }

  const later = (node: Node, delayMs: number, event: Event): void => {
    const { life } = node
    clock.after(delayMs, () => {
      if (node.life === life) feed(node, event)
    })
  }

  const deliver = (from: Node, to: number, message: ConsensusMessage): void => {
    const target = nodes[to]
    if (target === undefined || !routes.pass(from.index, to, message)) return
    const heard = overTheWire(message)
    later(target, latencyMs + routes.extraMs(), {
      type: 'message',
      from: from.index,
      message: heard,
    })
  }

  const tellWork = (node: Node): void => {
    const { life } = node
    const transactions = waiting(node).length
    clock.after(0, () => {
      const blockTimeAsked = asked.has(node.index)
      const flags = { ...NO_WORK, transactions, blockTimeAsked }
      if (node.life === life) feed(node, { type: 'work', flags })
    })
  }

  const waiting = (node: Node, tip: Hash = node.tip): readonly Hash[] => waitingIn(node, tip)

  const run = (node: Node, effect: Effect): void => {
    switch (effect.type) {
      case 'send':
        node.sent.push({ atMs: nowMs(), message: effect.message })
        deliver(node, effect.to, effect.message)
        return
      case 'broadcast':
        node.sent.push({ atMs: nowMs(), message: effect.message })
        for (const peer of nodes) if (peer !== node) deliver(node, peer.index, effect.message)
        return
      case 'publish':
        node.published.push(effect.message)
        return
      case 'setTimer':
        armTimer(node, effect, {
          clock,
          isOf: (life) => node.life === life,
          fire: (event) => feed(node, event),
        })
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
      case 'reoffer':
        reoffer(node, effect.max)
        return
      case 'report':
        node.reports.push(effect.report)
        return
      case 'retreat':
        if (node.tip === effect.digest) node.tip = parentIn(node, effect.digest)
        tellWork(node)
        return
      default:
    }
  }

  const reoffer = (node: Node, max: number): void => {
    const offered = waiting(node).slice(0, max)
    for (const peer of nodes.filter((other) => other !== node && other.alive)) {
      clock.after(latencyMs, () => {
        for (const hash of offered) peer.mempool.add(hash)
        tellWork(peer)
      })
    }
  }

  const build = (node: Node, effect: Extract<Effect, { type: 'build' }>): void => {
    const hashes = effect.allowTransactions ? waiting(node, effect.parentDigest) : []
    const { epoch, view } = effect
    if (hashes.length === 0 && !effect.allowEmpty) {
      later(node, 0, { type: 'notBuilt', epoch, view })
      return
    }
    const block = blockOf(effect, hashes)
    const { header, digest } = block
    node.held.set(digest, block)
    node.executed.add(digest)
    node.tip = digest
    later(node, 0, { type: 'built', epoch, view, header, digest, transactionHashes: hashes })
    tellWork(node)
  }

  const verify = (node: Node, effect: Extract<Effect, { type: 'verify' }>): void => {
    const { epoch, view, digest, header, body } = effect
    const answer = { type: 'verified', epoch, view, digest } as const
    const listed = body.from === 'proposal'
    const hashes = listed ? body.transactionHashes : []
    const lookingMs = Math.max(0, ...hashes.map((hash) => lost.get(hash) ?? 0))
    if (lookingMs > 0) {
      later(node, lookingMs, { ...answer, ok: false, reason: 'unavailable' })
      return
    }
    // Nothing binds a list to the header: what comes of it speaks neither for nor against the block.
    if (listed) node.held.set(digest, { header, digest, hashes })
    if (isGood(node, header, digest)) {
      node.executed.add(digest)
      node.tip = digest
      later(node, 0, { ...answer, ok: true })
    } else {
      if (listed) node.held.delete(digest)
      later(node, 0, { ...answer, ok: false, reason: badReason(effect) })
    }
    tellWork(node)
  }

  const fetch = (node: Node, effect: Extract<Effect, { type: 'fetch' }>): void => {
    const peers = effect.peers
      .flatMap((peer) => nodes[peer] ?? [])
      .filter((peer) => peer !== node && peer.alive)
    const answer =
      effect.what === 'block'
        ? fetchedBlockFrom(node, effect.digest, peers)
        : fetchedSegments(node, peers, effect.fromHeight)
    later(node, 2 * latencyMs, answer)
  }

  const fetchedSegments = (node: Node, peers: readonly Node[], fromHeight: number): Event => {
    const peer = peers.find((one) => storedFrom(one, fromHeight).length > 0)
    const stored = peer === undefined ? [] : storedFrom(peer, fromHeight)
    return fetchedSegmentsFrom(node, fromHeight, { from: `peer ${peer?.index}`, stored })
  }

  const finalise = (node: Node, effect: Extract<Effect, { type: 'finalise' }>): void => {
    const blocks = effect.digests.flatMap((digest) => node.held.get(digest) ?? [])
    if (blocks.length !== effect.digests.length) throw new Error('a final block is not held')
    for (const { header, digest } of blocks) {
      if (!node.executed.has(digest)) throw new Error('a final block is not executed')
      node.finalAt.push({ height: header.height, digest, atMs: nowMs() })
    }
    const last = blocks.at(-1)
    if (last !== undefined && last.header.view > (node.held.get(node.tip)?.header.view ?? 0))
      node.tip = last.digest
    node.disk.store.push({ blocks, certificate: effect.certificate })
    const height = last?.header.height ?? 0
    later(node, stores.lagMs, { type: 'appCommitted', height })
    asked.delete(node.index)
    tellWork(node)
  }

  const connect = (a: Node, b: Node): void => {
    if (!a.alive || !b.alive || a === b) return
    feed(a, { type: 'peerConnected', peer: b.index })
    feed(b, { type: 'peerConnected', peer: a.index })
  }

  const boot = (node: Node): void => {
    feed(node, { type: 'start' })
    for (const peer of nodes) connect(node, peer)
  }

  return {
    set,
    chainId: CHAIN_ID,
    genesisDigest,
    nodes,
    routes,
    clocks,
    lost,
    configOf,
    feed,
    deliver,
    stores,
    nowMs,
    wallMs: () => START_WALL_MS + nowMs(),
    /** Starts every node at time 0 and lets the statuses pass. */
    start: (settleMs = 3 * latencyMs): void => {
      for (const node of nodes) if (node.alive) feed(node, { type: 'start' })
      nodes.forEach((a, index) => {
        for (const b of nodes.slice(index + 1)) connect(a, b)
      })
      clock.advance(settleMs)
    },
    /** One transaction reaches these nodes now. */
    submit: (name: string, to: readonly Node[] = nodes): Hash => {
      const hash = hashOf(utf8(name))
      for (const node of to) {
        node.mempool.add(hash)
        tellWork(node)
      }
      return hash
    },
    crash: (node: Node): void => kill(node),
    /** Starts a crashed node from its disk alone. */
    restart: (node: Node, disk: Partial<Node['disk']> = {}): void => {
      Object.assign(node.disk, disk)
      reload(node, origin)
      node.tip = node.disk.store.at(-1)?.blocks.at(-1)?.digest ?? genesisDigest
      node.replica = createReplica(configOf(node.index), recoveredFrom(node.disk, origin))
      boot(node)
      tellWork(node)
    },
    reconnect: connect,
    advance: clock.advance,
  }
}
