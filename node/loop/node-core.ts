import { viewIn } from '#consensus/chain.ts'
import type { EpochEnd } from '#consensus/epoch-end.ts'
import type { JournalRecord } from '#consensus/journal-record.ts'
import { REOFFER_MAX } from '#consensus/limits.ts'
import { messageEpoch } from '#consensus/past-epochs.ts'
import type { Block } from '#protocol/chain/block.ts'
import { type Finalization, verifyCertificate } from '#protocol/chain/certificate.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { type Hash, hashBytes } from '#protocol/hash.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { Ledger } from '#protocol/ledger/ledger.ts'
import { authoritiesOf } from '#protocol/ledger/network.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import type { History } from '#protocol/state/history.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { NetworkPort, PeerName, Priority, Topic, Verdict } from '../network/network-port.ts'
import { BLOCK_TIME_PAUSE_MS, Outbox, type OutboxEntry } from '../outbox/outbox.ts'
import { createBodies } from '../pipeline/bodies.ts'
import type { Executor, FinalBlock } from '../pipeline/executor.ts'
import {
  createIngress,
  type Entry,
  type Ingress,
  type SignatureChecker,
} from '../pipeline/ingress.ts'
import { createMempool, type Mempool, type MempoolLimits } from '../pipeline/mempool.ts'
import { createOffers, type Offers } from '../pipeline/offers.ts'
import type { RecoveredChain } from '../recovery/recover-chain.ts'
import { createFetcher, type Fetcher } from '../sync/fetcher.ts'
import { holdFetched } from '../sync/hold-fetched.ts'
import { createServer } from '../sync/serve.ts'
import { type ChainParts, peerNames } from './chain-effects.ts'
import {
  createExecutor,
  createLoop,
  createQuarantine,
  type Loop,
  loopOf,
  oldest,
  type Quarantine,
} from './core-parts.ts'
import type { CoreStorage } from './core-storage.ts'
import { createEarlyMessages, type EarlyMessages } from './early-messages.ts'
import { createFinalStore, type FinalStore } from './final-store.ts'
import { createInbound } from './inbound.ts'
import { encodeLinkMessage, type LinkMessage } from './link-message.ts'
import type { Clock, Random, Reporter, Timers } from './ports.ts'
import type { Crossing, Seating, UpgradeRequired } from './seating.ts'
import { createStrangerPauses } from './stranger-pauses.ts'

/** How long after a follower's link came up its gossip has surely begun. */
const GREETING_MS = 250

export type CoreParts = {
  readonly networkId: NetworkId
  readonly seating: Seating
  /** The part in the epoch after the last of these ends. */
  readonly reseat: (crossing: Crossing) => Seating | UpgradeRequired
  readonly ledger: Ledger
  readonly history: History
  readonly final: RecoveredChain['final']
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
  /** The same blocks once the store holds them: till then nothing else of them is kept for it. */
  readonly onStored: (blocks: readonly Pick<FinalBlock, 'block'>[]) => void
  /** Another epoch has begun, and this node has its part in it. */
  readonly onSeated: (seating: Seating) => void
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
  readonly #fetcher: Fetcher
  readonly #up = new Set<PeerName>()
  readonly #mayBeHeard: (peer: PeerName) => boolean
  readonly #early: EarlyMessages
  readonly #finalStore: FinalStore
  #part: Part
  readonly #inbound: (from: PeerName, bytes: Uint8Array) => void
  #started = false
  #blockTimeAskedAtMs = Number.NEGATIVE_INFINITY

  constructor(given: CoreParts) {
    const onFatal: CoreParts['onFatal'] = (code, detail) => {
      loopOf(this.#part.loop).halt()
      given.onFatal(code, detail)
    }
    const parts = { ...given, onFatal }
    this.#parts = parts
    this.#mempool = createMempool(parts.limits.mempool)
    this.#quarantine = createQuarantine(parts, this.#mempool)
    this.executor = createExecutor(parts, this.#mempool, this.#quarantine)
    this.#ingress = createIngress({ ...parts, mempool: this.#mempool, ...this.#quarantine })
    this.#fetcher = createFetcher({
      ...parts,
      send: (peer, request) => this.#send(peer, 'transaction', { type: 'request', request }),
      isUp: (peer) => this.#up.has(peer),
    })
    this.#mayBeHeard = createStrangerPauses(parts.clock)
    this.#early = createEarlyMessages(() => authoritiesOf(parts.ledger.state))
    this.#part = this.#take(parts.seating)
    this.outbox = this.#createOutbox()
    this.#finalStore = createFinalStore(parts, this.executor, () => this.#part.seating.ends)
    this.#inbound = this.#createInbound(this.#fetcher)
  }

  /** The epoch that this node is in, who votes in it, and its own part. */
  seating(): Seating {
    return this.#part.seating
  }

  /** From here on the node takes part; what came over the network before is not heard. */
  start(): void {
    this.#started = true
    loopOf(this.#part.loop).dispatch({ type: 'start' })
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
    if (this.#part.loop.kind === 'follower') this.#mempool.add(transaction)
  }

  /** The node is stopping: nothing more is decided, written or said; what was given is finished. */
  stop(): void {
    loopOf(this.#part.loop).halt()
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
    return this.#part.loop.kind === 'follower' && this.#started
      ? this.#part.loop.follower.onGossip(topic, from, bytes)
      : 'ignore'
  }

  onPeer(peer: PeerName, state: 'up' | 'down'): void {
    if (state === 'up') this.#up.add(peer)
    else this.#up.delete(peer)
    if (this.#started) this.#tellPeer(peer, state)
  }

  /** All that depends on who votes, for one epoch. */
  #take(seating: Seating): Part {
    const { set, seat, epoch, leaderOffset } = seating
    const me = seat.kind === 'authority' ? set.members[seat.me]?.peerId : undefined
    const offers = createOffers({
      ...this.#parts,
      set,
      leaderOffset,
      others: set.members.map(({ peerId }) => peerId).filter((peer) => peer !== me),
      isUp: (peer) => this.#up.has(peer),
      finalView: () => viewIn(epoch, this.executor.final().header),
    })
    const loop = createLoop({ ...this.#parts, seating }, this.#chainParts(seating), {
      mempool: this.#mempool,
      reoffer: (max) => offers.repeat(oldest(this.#mempool.waiting(), max)),
      flushOffers: offers.flush,
    })
    const indexes = new Map(set.members.map(({ peerId }, index) => [peerId, index]))
    return { seating, indexes, offers, loop }
  }

  /** The epoch is over: the node goes on in the next one, or stops before it. */
  #cross(end: EpochEnd, memory: readonly JournalRecord[]): void {
    const next = this.#parts.reseat({ ends: [...this.#part.seating.ends, end], memory })
    loopOf(this.#part.loop).halt()
    if ('upgradeRequired' in next) {
      this.#parts.onFatal('upgrade_required', next.upgradeRequired)
      return
    }
    const before = this.#part
    this.#part = this.#take(next)
    loopOf(this.#part.loop).dispatch({ type: 'start' })
    for (const peer of this.#up) this.#tellPeer(peer, 'up')
    this.#handOver(before)
    for (const { from, message } of this.#early.take(next)) this.#onMember(from, message)
    this.#parts.onSeated(next)
  }

  /** What waits, to those who vote from now on: nobody submitted it to them, and one may lead first. */
  #handOver({ indexes, loop }: Part): void {
    const waits = loop.kind === 'authority' ? this.#mempool.waiting() : this.outbox.entries()
    this.#part.offers.handOver(oldest(waits, REOFFER_MAX), (peer) => !indexes.has(peer))
  }

  #onMember(from: number, message: ConsensusMessage): void {
    const { loop, seating } = this.#part
    const peer = seating.set.members[from]?.peerId
    if (peer === undefined) return
    if (loop.kind === 'authority') {
      this.#early.keep(peer, message)
      loop.authority.dispatch({ type: 'message', from, message })
    }
    // An authority that was away may believe that this follower is still one.
    else this.#onStranger(peer, message)
  }

  #onStranger(peer: PeerName, message: ConsensusMessage): boolean {
    this.#early.keep(peer, message)
    const ours = messageEpoch(message) === this.#part.seating.epoch
    if (ours && message.type !== 'certificate') return false
    if (this.#mayBeHeard(peer))
      loopOf(this.#part.loop).dispatch({ type: 'stranger', peer, message })
    return true
  }

  #tellPeer(peer: PeerName, state: 'up' | 'down'): void {
    const index = this.#part.indexes.get(peer)
    if (index === undefined) {
      if (state === 'up') this.#greet()
      return
    }
    if (this.#part.loop.kind === 'follower') {
      if (state === 'up') this.#part.loop.follower.dispatch({ type: 'peerConnected', peer: index })
      return
    }
    const type = state === 'up' ? 'peerConnected' : 'peerDisconnected'
    this.#part.loop.authority.dispatch({ type, peer: index })
  }

  /** Followers that came within a moment hear one beacon; gossip begins shortly after the link. */
  #greet(): void {
    const { clock, timers } = this.#parts
    if (this.#part.loop.kind !== 'authority') return
    const { authority } = this.#part.loop
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
    const { loop, offers } = this.#part
    if (loop.kind !== 'authority') return
    loop.authority.onTransactions(transactions, firstHand ? offers.relay : undefined)
  }

  #askBlockTime(): void {
    if (this.#part.loop.kind === 'authority') this.#part.loop.authority.askBlockTime()
  }

  #chainParts({ set, epoch, memory }: Seating): ChainParts {
    const { verify, final } = this.#parts
    const fetcher = this.#fetcher
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
      epoch,
      set,
      executor: this.executor,
      ingress: this.#ingress,
      bodies,
      fetcher,
      onEpochEnd: (end, known = memory) => this.#cross(end, known),
      isFinal: (certificate) => verifyCertificate(certificate, domain, verify),
      onFinal: (blocks, certificate, stored) => {
        this.#parts.onFinal(blocks, certificate)
        this.outbox.onFinal(blocks)
        const told = blocks.map(({ block }) => ({ block }))
        this.#finalStore.commit({ blocks, certificate }, () => {
          this.#parts.onStored(told)
          this.outbox.onStored(told)
          stored()
        })
      },
    }
  }

  #createOutbox(): Outbox {
    const { storage, clock, timers } = this.#parts
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
          if (this.#part.loop.kind === 'authority') own(texts)
          else if (reach === 'first') this.#part.offers.submit(texts)
          if (reach === 'again') this.#part.offers.repeat(texts)
        },
        askBlockTime: () => {
          this.#askBlockTime()
          this.#part.offers.askBlockTime()
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
      snapshot: this.#finalStore.serveSnapshot,
      storedBlock: storage.block,
      storedSegments: storage.segments,
    })
    return createInbound({
      network,
      ingress: this.#ingress,
      authorityIndex: (peer) => this.#part.indexes.get(peer),
      onConsensus: (from, message) => this.#onMember(from, message),
      onStranger: (from, message) => this.#onStranger(from, message),
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

type Part = {
  readonly seating: Seating
  readonly indexes: ReadonlyMap<PeerName, number>
  readonly offers: Offers
  readonly loop: Loop
}
