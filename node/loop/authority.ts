import type { BuildEffect, Effect } from '#consensus/effect.ts'
import { type Event, NO_WORK, type WorkFlags } from '#consensus/event.ts'
import type { Replica } from '#consensus/replica.ts'
import { encodeBlock } from '#protocol/chain/block.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { encodeMessage } from '#protocol/chain/message.ts'
import type { Hash } from '#protocol/hash.ts'
import type { DoorCode } from '#protocol/transaction/outcome.ts'
import type { Topic } from '../network/network-port.ts'
import type { BuildLimits } from '../pipeline/executor.ts'
import type { Mempool } from '../pipeline/mempool.ts'
import { ChainEffects, type ChainParts, peerNames } from './chain-effects.ts'
import type { DurableGate } from './durable-gate.ts'
import { encodeLinkMessage } from './link-message.ts'

export type AuthorityParts = ChainParts & {
  readonly replica: Replica
  /** Index of this node in the set. */
  readonly me: number
  readonly gate: DurableGate
  readonly mempool: Mempool
  readonly limits: BuildLimits
  /** The oldest waiting transactions again, to all authorities. */
  readonly reoffer: (max: number) => void
}

type Speech = Extract<Effect, { type: 'send' | 'broadcast' | 'publish' | 'publishBlock' }>

/**
 * Turns what happens into events of the replica and the replica's effects into acts, one event at a
 * time and in order. Nothing else changes the replica.
 */
export class AuthorityLoop {
  readonly #parts: AuthorityParts
  readonly #effects: ChainEffects
  readonly #others: readonly string[]
  readonly #queue: Event[] = []
  #running = false
  #told: WorkFlags = NO_WORK
  #blockTimeAsked = false

  constructor(parts: AuthorityParts) {
    this.#parts = parts
    this.#effects = new ChainEffects(parts, (event) => this.dispatch(event))
    const { members } = parts.set
    this.#others = members.flatMap(({ peerId }, index) => (index === parts.me ? [] : [peerId]))
  }

  /** Takes an event now, or after the one under way. */
  dispatch(event: Event): void {
    this.#queue.push(event)
    if (this.#running) return
    this.#running = true
    const { clock, replica, gate } = this.#parts
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }
      for (const effect of replica.step(next, now)) this.#run(effect)
      if (this.#queue.length === 0) this.#tellWork()
    }
    this.#running = false
    gate.flush()
  }

  /** The mempool changed: waiting bodies may be complete, and the replica may have work. */
  onTransactions(): void {
    this.#parts.bodies.onArrival()
    this.#pump()
  }

  /** An outbox holds a transaction that expired: a block must tell that its time has passed. */
  askBlockTime(): void {
    this.#blockTimeAsked = true
    this.#pump()
  }

  /** Outside a step: tells what changed. */
  #pump(): void {
    if (this.#running) return
    this.#tellWork()
    const next = this.#queue.shift()
    if (next !== undefined) this.dispatch(next)
  }

  /** Queues one event when what waits for a block changed. */
  #tellWork(): void {
    const transactions = this.#parts.mempool.waitingCount()
    const blockTimeAsked = this.#blockTimeAsked
    const told = this.#told
    if (transactions === told.transactions && blockTimeAsked === told.blockTimeAsked) return
    this.#told = { ...NO_WORK, transactions, blockTimeAsked }
    this.#queue.push({ type: 'work', flags: this.#told })
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        this.#parts.gate.persist(effect.record)
        return
      case 'send':
      case 'broadcast':
      case 'publish':
      case 'publishBlock':
        this.#speak(effect)
        return
      case 'build':
        this.#build(effect)
        return
      case 'finalise':
        this.#parts.gate.after(() => this.#finalise(effect.digests, effect.certificate))
        return
      case 'reoffer':
        this.#parts.reoffer(effect.max)
        return
      default:
        this.#effects.run(effect)
    }
  }

  #speak(effect: Speech): void {
    if (effect.type === 'publishBlock') {
      const block = this.#parts.executor.executed(effect.digest)
      if (block !== undefined) this.#publish('blocks', encodeBlock(block))
      return
    }
    const { message } = effect
    if (effect.type === 'publish') {
      this.#publish(message.type === 'beacon' ? 'status' : 'votes', encodeMessage(message))
      return
    }
    const peers = effect.type === 'send' ? peerNames(this.#parts.set, [effect.to]) : this.#others
    const bytes = encodeLinkMessage({ type: 'consensus', message })
    const priority = message.type === 'proposal' ? 'proposal' : 'vote'
    this.#parts.gate.after(() => {
      for (const peer of peers) this.#parts.network.send(peer, priority, bytes)
    })
  }

  #publish(topic: Topic, bytes: Uint8Array): void {
    this.#parts.gate.after(() => this.#parts.network.publish(topic, bytes))
  }

  #build({ template, epoch, view, allowTransactions, allowEmpty }: BuildEffect): void {
    const { executor, mempool } = this.#parts
    const transactions = allowTransactions ? this.#parts.limits.transactions : 0
    const limits = { ...this.#parts.limits, transactions }
    const built = executor.build(template, { limits, allowEmpty })
    const hopeless = (built?.dropped ?? []).filter(({ code }) => HOPELESS.has(code))
    mempool.settle(hopeless.map(({ transaction }) => transaction.hash))
    if (built?.held === undefined) {
      this.dispatch({ type: 'notBuilt', epoch, view })
      return
    }
    const { header, digest } = built.held
    const transactionHashes = built.held.transactions.map(({ hash }) => hash)
    this.dispatch({ type: 'built', epoch, view, header, digest, transactionHashes })
  }

  #finalise(digests: readonly Hash[], certificate: Finalization): void {
    this.#blockTimeAsked = false
    this.#effects.finalise(digests, certificate, (height) =>
      this.dispatch({ type: 'appCommitted', height }),
    )
  }
}

/** Codes that time cannot cure: such a transaction leaves the mempool. */
const HOPELESS: ReadonlySet<DoorCode> = new Set([
  'malformed',
  'duplicate',
  'id_reused',
  'expired',
  'validity_too_long',
  'signer_unknown',
  'quarantined',
])
