import type { Effect } from '#consensus/effect.ts'
import { type Event, NO_WORK } from '#consensus/event.ts'
import {
  decodeJournalRecord,
  encodeJournalRecord,
  type JournalRecord,
} from '#consensus/journal-record.ts'
import { createReplica } from '#consensus/replica.ts'
import type { Recovered, ReplicaConfig } from '#consensus/replica-config.ts'
import { utf8 } from '#protocol/bytes.ts'
import { FLAG_EMPTY, genesisHeader, type Header, headerDigest } from '#protocol/chain/header.ts'
import { type ConsensusMessage, decodeMessage, encodeMessage } from '#protocol/chain/message.ts'
import { type Hash, hashOf, ZERO_HASH } from '#protocol/hash.ts'
import type { Final, Held, Node } from './harness-node.ts'
import { badReason, decodedOrThrow, isGood, parentIn, rootOf, servedOf } from './harness-node.ts'
import { setOf, signerOf, standInVerify } from './stand-in-keys.ts'

export type Harness = ReturnType<typeof createHarness>
type Route = (from: number, to: number, message: ConsensusMessage) => boolean

const START_WALL_MS = 1_700_000_000_000
const CHAIN_ID = hashOf(utf8('harness'))

/** `n` replicas in virtual time; every message takes `latencyMs` and passes the codec. */
export const createHarness = (options: {
  readonly size: number
  readonly latencyMs?: number
  readonly config?: Partial<ReplicaConfig>
}) => {
  const latencyMs = options.latencyMs ?? 10
  const set = setOf(options.size)
  const genesis = genesisHeader({
    chainId: CHAIN_ID,
    timestampMs: START_WALL_MS - 1_000,
    transactionRoot: ZERO_HASH,
    stateRoot: ZERO_HASH,
    historyRoot: ZERO_HASH,
    authoritySetHash: set.hash,
    version: 1,
  })
  const genesisDigest = headerDigest(genesis)
  let nowMs = 0
  let sequence = 0
  const queue: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = []
  const routes: { pass: Route; extraMs: () => number } = { pass: () => true, extraMs: () => 0 }
  const clocks = new Map<number, number>()
  /** Transactions that no node has, and how long a driver looks for them in vain. */
  const lost = new Map<Hash, number>()

  const at = (atMs: number, run: () => void): void => {
    queue.push({ atMs, order: sequence++, run })
  }

  const configOf = (me: number): ReplicaConfig => ({
    chainId: CHAIN_ID,
    epoch: 1,
    set,
    me,
    genesisDigest,
    leaderOffset: 0,
    past: [],
    rulesVersion: 1,
    deltaMs: 100,
    heartbeatMs: 3_600_000,
    minBlockGapMs: 0,
    verify: standInVerify,
    sign: signerOf(set, me),
    ...options.config,
  })

  const recoveredOf = (disk: Node['disk']): Recovered => {
    const last = disk.store.at(-1)
    const tip = last?.blocks.at(-1)
    return {
      records: disk.journal.map((bytes) => decodedOrThrow(decodeJournalRecord(bytes))),
      finalised:
        last === undefined || tip === undefined
          ? { header: genesis, digest: genesisDigest, certificate: null }
          : { header: tip.header, digest: tip.digest, certificate: last.certificate },
      blocks: disk.blockLog,
    }
  }

  const createNode = (index: number): Node => {
    const disk = { journal: [], blockLog: [], store: [] }
    return {
      index,
      disk,
      held: new Map(),
      executed: new Set([genesisDigest]),
      tip: genesisDigest,
      mempool: new Set(),
      replica: createReplica(configOf(index), recoveredOf(disk)),
      alive: true,
      life: 0,
      timers: new Map(),
      reports: [],
      sent: [],
      finalAt: [],
    }
  }
  const nodes = Array.from({ length: options.size }, (_, index) => createNode(index))

  const feed = (node: Node, event: Event): void => {
    if (!node.alive) return
    const wallMs = START_WALL_MS + nowMs + (clocks.get(node.index) ?? 0)
    const effects = node.replica.step(event, { wallMs, monotonicMs: nowMs })
    for (const effect of effects) if (effect.type === 'persist') persist(node, effect.record)
    for (const effect of effects) run(node, effect)
  }

  const later = (node: Node, delayMs: number, event: Event): void => {
    const { life } = node
    at(nowMs + delayMs, () => {
      if (node.life === life) feed(node, event)
    })
  }

  const persist = (node: Node, record: JournalRecord): void => {
    node.disk.journal.push(encodeJournalRecord(record))
    if (record.type !== 'block') return
    const held = node.held.get(record.digest)
    if (held === undefined) throw new Error('a block to persist is not held')
    node.disk.blockLog.push(held)
  }

  const deliver = (from: Node, to: number, message: ConsensusMessage): void => {
    const target = nodes[to]
    if (target === undefined || !routes.pass(from.index, to, message)) return
    const bytes = encodeMessage(message)
    const decoded = decodedOrThrow(decodeMessage(bytes))
    later(target, latencyMs + routes.extraMs(), {
      type: 'message',
      from: from.index,
      message: decoded,
    })
  }

  const tellWork = (node: Node): void =>
    later(node, 0, { type: 'work', flags: { ...NO_WORK, transactions: waiting(node).length } })

  /** Transactions of the mempool in no block up to `tip`, the block executed last. */
  const waiting = (node: Node, tip: Hash = node.tip): readonly Hash[] => {
    const used = new Set<Hash>()
    for (let block = node.held.get(tip); block; block = node.held.get(block.header.parentDigest)) {
      for (const hash of block.hashes) used.add(hash)
    }
    return [...node.mempool].filter((hash) => !used.has(hash))
  }

  const run = (node: Node, effect: Effect): void => {
    switch (effect.type) {
      case 'send':
        node.sent.push({ atMs: nowMs, message: effect.message })
        deliver(node, effect.to, effect.message)
        return
      case 'broadcast':
        node.sent.push({ atMs: nowMs, message: effect.message })
        for (const peer of nodes) if (peer !== node) deliver(node, peer.index, effect.message)
        return
      case 'setTimer': {
        const order = sequence
        node.timers.set(effect.timer, order)
        const { timer, epoch, view } = effect
        const { life } = node
        at(Math.max(effect.atMs, nowMs), () => {
          if (node.life !== life || node.timers.get(timer) !== order) return
          node.timers.delete(timer)
          feed(node, { type: 'timer', timer, epoch, view })
        })
        return
      }
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
      at(nowMs + latencyMs, () => {
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
    const header: Header = {
      ...effect.template,
      nextSetHash: effect.template.authoritySetHash,
      transactionCount: hashes.length,
      transactionRoot: rootOf(hashes),
      stateRoot: rootOf([effect.parentDigest, ...hashes]),
      historyRoot: ZERO_HASH,
      flags: hashes.length === 0 ? FLAG_EMPTY : 0,
    }
    const digest = headerDigest(header)
    hold(node, { header, digest, hashes })
    node.executed.add(digest)
    node.tip = digest
    later(node, 0, { type: 'built', epoch, view, header, digest, transactionHashes: hashes })
    tellWork(node)
  }

  const hold = (node: Node, block: Held): void => {
    node.held.set(block.digest, block)
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
    if (listed) hold(node, { header, digest, hashes })
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
        ? fetchedBlock(node, peers, effect.digest)
        : fetchedSegments(node, peers, effect.fromHeight)
    later(node, 2 * latencyMs, answer)
  }

  const fetchedBlock = (node: Node, peers: readonly Node[], digest: Hash): Event => {
    const found = peers.flatMap((peer) => peer.held.get(digest) ?? [])[0]
    if (found === undefined) return { type: 'fetchFailed', what: 'block', digest }
    hold(node, found)
    return { type: 'fetchedBlock', header: found.header, digest }
  }

  const fetchedSegments = (node: Node, peers: readonly Node[], fromHeight: number): Event => {
    const topOf = ({ blocks }: Final): number => blocks.at(-1)?.header.height ?? 0
    const peer = peers.find(({ disk }) => disk.store.some((final) => topOf(final) >= fromHeight))
    if (peer === undefined) return { type: 'fetchFailed', what: 'segments', fromHeight }
    const stored = peer.disk.store.filter((final) => topOf(final) >= fromHeight)
    const segments = servedOf(stored, fromHeight)
    for (const block of segments.flatMap(({ blocks }) => blocks)) hold(node, block)
    return { type: 'fetchedSegments', from: `peer ${peer.index}`, segments }
  }

  const finalise = (node: Node, effect: Extract<Effect, { type: 'finalise' }>): void => {
    const blocks = effect.digests.flatMap((digest) => node.held.get(digest) ?? [])
    if (blocks.length !== effect.digests.length) throw new Error('a final block is not held')
    for (const { header, digest } of blocks) {
      if (!node.executed.has(digest)) throw new Error('a final block is not executed')
      node.finalAt.push({ height: header.height, digest, atMs: nowMs })
    }
    const last = blocks.at(-1)
    if (last !== undefined && last.header.view > (node.held.get(node.tip)?.header.view ?? 0))
      node.tip = last.digest
    node.disk.store.push({ blocks, certificate: effect.certificate })
    const height = last?.header.height ?? 0
    later(node, 0, { type: 'appCommitted', height })
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
    nowMs: () => nowMs,
    wallMs: () => START_WALL_MS + nowMs,
    /** Starts every node at time 0 and lets the statuses pass. */
    start: (settleMs = 3 * latencyMs): void => {
      for (const node of nodes) if (node.alive) feed(node, { type: 'start' })
      nodes.forEach((a, index) => {
        for (const b of nodes.slice(index + 1)) connect(a, b)
      })
      advance(settleMs)
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
    crash: (node: Node): void => {
      node.alive = false
      node.life++
    },
    /** Starts a crashed node from its disk alone. */
    restart: (node: Node, disk: Partial<Node['disk']> = {}): void => {
      Object.assign(node.disk, disk)
      node.life++
      node.alive = true
      node.timers = new Map()
      node.held = new Map()
      node.executed = new Set([genesisDigest])
      for (const block of node.disk.blockLog) hold(node, block)
      for (const { blocks } of node.disk.store) {
        for (const block of blocks) {
          hold(node, block)
          node.executed.add(block.digest)
        }
      }
      node.tip = node.disk.store.at(-1)?.blocks.at(-1)?.digest ?? genesisDigest
      node.replica = createReplica(configOf(node.index), recoveredOf(node.disk))
      boot(node)
      tellWork(node)
    },
    reconnect: connect,
    advance,
  }

  function advance(byMs: number): void {
    const untilMs = nowMs + byMs
    for (;;) {
      let first: (typeof queue)[number] | undefined
      for (const item of queue) {
        if (
          first === undefined ||
          item.atMs < first.atMs ||
          (item.atMs === first.atMs && item.order < first.order)
        )
          first = item
      }
      if (first === undefined || first.atMs > untilMs) break
      queue.splice(queue.indexOf(first), 1)
      nowMs = first.atMs
      first.run()
    }
    nowMs = untilMs
  }
}
