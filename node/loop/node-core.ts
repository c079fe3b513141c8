import type { Follower } from '#consensus/follower.ts'
import type { Replica } from '#consensus/replica.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Block } from '#protocol/chain/block.ts'
import { type Finalization, verifyCertificate } from '#protocol/chain/certificate.ts'
import { type Hash, hashBytes } from '#protocol/hash.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { Ledger } from '#protocol/ledger/ledger.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import type { History } from '#protocol/state/history.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { NetworkPort, PeerName, Priority, Topic, Verdict } from '../network/network-port.ts'
import { BLOCK_TIME_PAUSE_MS, Outbox, type OutboxEntry } from '../outbox/outbox.ts'
import { createBodies } from '../pipeline/bodies.ts'
import { Executor, type ExecutorParts, type FinalBlock } from '../pipeline/executor.ts'
import {
  createIngress,
  type Entry,
  type Ingress,
  type SignatureChecker,
} from '../pipeline/ingress.ts'
import { createMempool, type Mempool, type MempoolLimits } from '../pipeline/mempool.ts'
import { createOffers, type Offers } from '../pipeline/offers.ts'
import { createFetcher, type Fetcher } from '../sync/fetcher.ts'
import { holdFetched } from '../sync/hold-fetched.ts'
import { createServer } from '../sync/serve.ts'
import { AuthorityLoop } from './authority.ts'
import { type ChainParts, peerNames } from './chain-effects.ts'
import type { CoreStorage } from './core-storage.ts'
import { createDurableGate } from './durable-gate.ts'
import { FollowerLoop } from './follower.ts'
import { createInbound } from './inbound.ts'
import { encodeLinkMessage, type LinkMessage } from './link-message.ts'
import type { Clock, Random, Reporter, Timers } from './ports.ts'

/** How long after a follower's link came up its gossip has surely begun. */
const GREETING_MS = 250

/** What a node is in the agreement. */
export type Seat =
  | { readonly kind: 'authority'; readonly replica: Replica; readonly me: number }
  | { readonly kind: 'follower'; readonly follower: Follower }

export type CoreParts = {
  readonly networkId: NetworkId
  readonly set: AuthoritySet
  readonly seat: Seat
  readonly ledger: Ledger
  readonly history: History
  readonly final: ExecutorParts['final']
  readonly leaderOffset: number
  readonly limits: { readonly mempool: MempoolLimits; readonly block: BlockLimits }
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly network: NetworkPort
  readonly storage: CoreStorage
  readonly check: SignatureChecker
  /** Of consensus signatures. */
  readonly verify: VerifySignature
  readonly report: Reporter
  /** Transactions that broke a rule here, from earlier runs. */
  readonly quarantined: Iterable<Hash>
  readonly outbox: readonly OutboxEntry[]
  /** Final blocks, in order, applied to the ledger; the disk follows. */
  readonly onFinal: (blocks: readonly FinalBlock[], certificate: Finalization) => void
  /** The same blocks once the store holds them. */
  readonly onStored: (blocks: readonly FinalBlock[]) => void
  /** The node cannot go on. */
  readonly onFatal: (code: string, detail: string) => void
}

type BlockLimits = { readonly transactions: number; readonly bytes: number }

/**
 * The inside of a node, the same in a process and in the simulator: what comes from peers and tills
 * goes through ingress and mempool into agreement, what is final goes to the store and to whoever
 * waits. Everything outside it is a port.
 */
export class NodeCore {
  readonly executor: Executor
  readonly outbox: Outbox
  readonly #parts: CoreParts
  readonly #mempool: Mempool
  readonly #quarantine: Quarantine
  readonly #ingress: Ingress
  readonly #offers: Offers
  readonly #loop: Loop
  readonly #up = new Set<PeerName>()
  readonly #indexes: ReadonlyMap<PeerName, number>
  readonly #inbound: (from: PeerName, bytes: Uint8Array) => void
  #started = false
  #blockTimeAskedAtMs = Number.NEGATIVE_INFINITY

  constructor(given: CoreParts) {
    const onFatal: CoreParts['onFatal'] = (code, detail) => {
      loopOf(this.#loop).halt()
      given.onFatal(code, detail)
    }
    const parts = { ...given, onFatal }
    this.#parts = parts
    const { set, seat } = parts
    this.#indexes = new Map(set.members.map(({ peerId }, index) => [peerId, index]))
    this.#mempool = createMempool(parts.limits.mempool)
    this.#quarantine = createQuarantine(parts, this.#mempool)
    this.executor = createExecutor(parts, this.#mempool, this.#quarantine)
    this.#ingress = createIngress({ ...parts, mempool: this.#mempool, ...this.#quarantine })
    const me = seat.kind === 'authority' ? set.members[seat.me]?.peerId : undefined
    this.#offers = createOffers({
      ...parts,
      others: set.members.map(({ peerId }) => peerId).filter((peer) => peer !== me),
      isUp: (peer) => this.#up.has(peer),
      finalView: () => this.executor.final().header.view,
    })
    const fetcher = createFetcher({
      ...parts,
      send: (peer, request) => this.#send(peer, 'transaction', { type: 'request', request }),
      isUp: (peer) => this.#up.has(peer),
    })
    const chain = this.#chainParts(fetcher)
    this.#loop = createLoop(parts, chain, {
      mempool: this.#mempool,
      reoffer: (max) => this.#offers.repeat(oldest(this.#mempool.waiting(), max)),
    })
    this.outbox = this.#createOutbox()
    this.#inbound = this.#createInbound(fetcher)
  }

  /** From here on the node takes part; what came over the network before is not heard. */
  start(): void {
    this.#started = true
    loopOf(this.#loop).dispatch({ type: 'start' })
    for (const peer of this.#up) this.#tellPeer(peer, 'up')
  }

  /** Blocks of the block log above the final one: checked and held again, before `start`. */
  restore(blocks: readonly Block[], done: (ok: boolean) => void): void {
    holdFetched({ executor: this.executor, ingress: this.#ingress }, blocks, done)
  }

  /**
   * A transaction that this node checked or signed itself and is about to submit: a follower need
   * not check it again when it comes back in a block.
   */
  remember(transaction: VerifiedTransaction): void {
    if (this.#loop.kind === 'follower') this.#mempool.add(transaction)
  }

  /** The node is stopping: nothing more is decided, written or said; what was given is finished. */
  stop(): void {
    loopOf(this.#loop).halt()
  }

  /** A transaction from this node's own door. */
  receive(text: string, done: (entry: Entry) => void): void {
    this.#ingress.receive([text], ([entry]) => {
      if (entry === undefined) throw new Error('ingress gave no entry')
      if (entry.kind === 'accepted') this.#onAccepted([entry.transaction], { firstHand: true })
      done(entry)
    })
  }

  /** Whether a transaction broke a rule here and is never tried again. */
  isQuarantined(hash: Hash): boolean {
    return this.#quarantine.isQuarantined(hash)
  }

  waitingCount(): number {
    return this.#mempool.waitingCount()
  }

  onMessage(from: PeerName, bytes: Uint8Array): void {
    if (this.#started) this.#inbound(from, bytes)
  }

  onGossip(topic: Topic, from: PeerName, bytes: Uint8Array): Verdict {
    return this.#loop.kind === 'follower' && this.#started
      ? this.#loop.follower.onGossip(topic, from, bytes)
      : 'ignore'
  }

  onPeer(peer: PeerName, state: 'up' | 'down'): void {
    if (state === 'up') this.#up.add(peer)
    else this.#up.delete(peer)
    if (this.#started) this.#tellPeer(peer, state)
  }

  #tellPeer(peer: PeerName, state: 'up' | 'down'): void {
    const index = this.#indexes.get(peer)
    if (index === undefined) {
      if (state === 'up') this.#greet()
      return
    }
    if (this.#loop.kind === 'follower') {
      if (state === 'up') this.#loop.follower.dispatch({ type: 'peerConnected', peer: index })
      return
    }
    const type = state === 'up' ? 'peerConnected' : 'peerDisconnected'
    this.#loop.authority.dispatch({ type, peer: index })
  }

  /** Followers that came within a moment hear one beacon; gossip begins shortly after the link. */
  #greet(): void {
    const { clock, timers } = this.#parts
    if (this.#loop.kind !== 'authority') return
    const { authority } = this.#loop
    timers.set('greeting', clock.monotonicMs() + GREETING_MS, () =>
      authority.dispatch({ type: 'followerConnected' }),
    )
  }

  #send(peer: PeerName, priority: Priority, message: LinkMessage): void {
    this.#parts.network.send(peer, priority, encodeLinkMessage(message))
  }

  #onAccepted(
    transactions: readonly VerifiedTransaction[],
    { firstHand }: { readonly firstHand: boolean },
  ): void {
    if (this.#loop.kind !== 'authority') return
    if (firstHand) for (const { text } of transactions) this.#offers.relay(text)
    this.#loop.authority.onTransactions()
  }

  #askBlockTime(): void {
    if (this.#loop.kind === 'authority') this.#loop.authority.askBlockTime()
  }

  #chainParts(fetcher: Fetcher): ChainParts {
    const { set, storage, verify, final } = this.#parts
    const domain = { chainId: hashBytes(final.header.chainId), set }
    const bodies = createBodies({
      ...this.#parts,
      mempool: this.#mempool,
      executor: this.executor,
      ingress: this.#ingress,
      fetcher,
      peersOf: (indexes) => peerNames(set, indexes),
    })
    return {
      ...this.#parts,
      executor: this.executor,
      ingress: this.#ingress,
      bodies,
      fetcher,
      isFinal: (certificate) => verifyCertificate(certificate, domain, verify),
      onFinal: (blocks, certificate, stored) => {
        this.#parts.onFinal(blocks, certificate)
        this.outbox.onFinal(blocks)
        storage.commit({ blocks, certificate }, () => {
          this.#parts.onStored(blocks)
          this.outbox.onStored(blocks)
          stored()
        })
      },
    }
  }

  #createOutbox(): Outbox {
    const { storage, clock, timers, seat } = this.#parts
    const own = (texts: readonly string[]): void => {
      for (const text of texts) this.receive(text, () => undefined)
    }
    return new Outbox(
      {
        clock,
        timers,
        save: storage.saveOutbox,
        erase: storage.eraseOutbox,
        offer: (texts, reach) => {
          if (seat.kind === 'authority') own(texts)
          else if (reach === 'first') this.#offers.submit(texts)
          if (reach === 'again') this.#offers.repeat(texts)
        },
        askBlockTime: () => {
          this.#askBlockTime()
          this.#offers.askBlockTime()
        },
      },
      this.#parts.outbox,
    )
  }

  #createInbound(fetcher: Fetcher): (from: PeerName, bytes: Uint8Array) => void {
    const { network, storage, clock } = this.#parts
    const serve = createServer({
      clock,
      send: (peer, response) => this.#send(peer, 'sync', { type: 'response', response }),
      queuedBytes: (peer) =>
        network.peers().find((linked) => linked.peer === peer)?.queuedBytes ?? 0,
      executed: (digest) => this.executor.executed(digest),
      transactionText: (hash) => this.#mempool.get(hash)?.text,
      storedBlock: storage.block,
      storedSegments: storage.segments,
    })
    return createInbound({
      network,
      ingress: this.#ingress,
      authorityIndex: (peer) => this.#indexes.get(peer),
      onConsensus: (from, message) => {
        if (this.#loop.kind !== 'authority') return
        this.#loop.authority.dispatch({ type: 'message', from, message })
      },
      onAccepted: (transactions, source) => this.#onAccepted(transactions, source),
      onRequest: serve,
      onResponse: fetcher.onResponse,
      onBlockTimeAsked: () => {
        const nowMs = clock.monotonicMs()
        if (nowMs - this.#blockTimeAskedAtMs < BLOCK_TIME_PAUSE_MS) return
        this.#blockTimeAskedAtMs = nowMs
        this.#askBlockTime()
      },
    })
  }
}

type Quarantine = {
  readonly isQuarantined: (hash: Hash) => boolean
  readonly onPoison: (hash: Hash, reason: string) => void
}

/** Transactions that made a rule throw or broke an invariant here: durable, never tried again. */
const createQuarantine = (parts: CoreParts, mempool: Mempool): Quarantine => {
  const hashes = new Set(parts.quarantined)
  return {
    isQuarantined: (hash) => hashes.has(hash),
    onPoison: (hash, reason) => {
      if (hashes.has(hash)) return
      hashes.add(hash)
      mempool.settle([hash])
      parts.storage.saveQuarantine(hash, reason)
      parts.report({ level: 'warn', code: 'transaction_quarantined', facts: { hash, reason } })
    },
  }
}

const createExecutor = (parts: CoreParts, mempool: Mempool, quarantine: Quarantine): Executor =>
  new Executor({
    ...parts,
    ...quarantine,
    mempool,
    onBroken: ({ invariant, subject, expected, found }) =>
      parts.onFatal('invariant_broken', `${invariant} of ${subject}: ${expected} ≠ ${found}`),
  })

type Loop =
  | { readonly kind: 'authority'; readonly authority: AuthorityLoop }
  | { readonly kind: 'follower'; readonly follower: FollowerLoop }

const loopOf = (loop: Loop): AuthorityLoop | FollowerLoop =>
  loop.kind === 'authority' ? loop.authority : loop.follower

const createLoop = (
  parts: CoreParts,
  chain: ChainParts,
  own: {
    readonly mempool: Mempool
    readonly reoffer: (max: number) => void
  },
): Loop => {
  const { seat, set, storage } = parts
  if (seat.kind === 'follower') {
    const authorities = new Set(set.members.map(({ peerId }) => peerId))
    const isAuthority = (peer: PeerName): boolean => authorities.has(peer)
    const follower = new FollowerLoop({ ...chain, follower: seat.follower, isAuthority })
    return { kind: 'follower', follower }
  }
  const gate = createDurableGate(({ records, blocks }, done) => {
    const full = blocks.flatMap((digest) => chain.executor.executed(digest) ?? [])
    if (full.length < blocks.length) throw new Error('a block to be written is not held')
    storage.write({ records, blocks: full }, done)
  })
  const { replica, me } = seat
  const limits = parts.limits.block
  const authority = new AuthorityLoop({ ...chain, ...own, replica, me, gate, limits })
  return { kind: 'authority', authority }
}

const oldest = (waiting: Iterable<VerifiedTransaction>, max: number): readonly string[] => {
  const texts: string[] = []
  for (const { text } of waiting) {
    if (texts.length >= max) break
    texts.push(text)
  }
  return texts
}
