import type { BuildEffect, Effect, TimerName } from '#consensus/effect.ts'
import { type Event, NO_WORK, type WorkFlags } from '#consensus/event.ts'
import type { Replica } from '#consensus/replica.ts'
import { encodeBlock } from '#protocol/chain/block.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { encodeMessage } from '#protocol/chain/message.ts'
import type { Hash } from '#protocol/hash.ts'
import type { DroppedCandidate } from '#protocol/ledger/build-block.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { DoorCode } from '#protocol/transaction/outcome.ts'
import type { Topic } from '../network/network-port.ts'
import { BLOCK_TIME_PAUSE_MS } from '../outbox/outbox.ts'
import type { BuildLimits } from '../pipeline/executor.ts'
import type { Mempool } from '../pipeline/mempool.ts'
import { ChainEffects, type ChainEvent, type ChainParts, peerNames } from './chain-effects.ts'
import type { DurableGate } from './durable-gate.ts'
import { LateCertificates } from './late-certificates.ts'
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
  /** What was heard first hand and is gathered for the others leaves now. */
  readonly flushOffers: () => void
}

type Speech = Extract<Effect, { type: 'send' | 'broadcast' | 'publish' | 'publishBlock' }>

/**
 * Turns what happens into events of the replica and the replica's effects into acts, one event at a
 * time and in order. Nothing else changes the replica.
 */
export class AuthorityLoop {
  readonly #parts: AuthorityParts
  readonly #effects: ChainEffects
  readonly #late: LateCertificates
  readonly #others: readonly string[]
  readonly #queue: Event[] = []
  #state: 'idle' | 'running' | 'halted' = 'idle'
  #started = false
  #told: WorkFlags = NO_WORK
  /** The same numbers may hide other transactions, or other blocks under them. */
  #workChanged = false
  #blockTimeAsked = false

  constructor(parts: AuthorityParts) {
    this.#parts = parts
    this.#late = new LateCertificates(parts)
    this.#effects = new ChainEffects(parts, (event) => this.#onAnswer(event))
    const { members } = parts.set
    this.#others = members.flatMap(({ peerId }, index) => (index === parts.me ? [] : [peerId]))
  }

  /** Takes an event now, or after the one under way. `start` must be the first. */
  dispatch(event: Event): void {
    if (event.type === 'start') this.#started = true
    if (this.#isHalted() || (this.#effects.isStoreBehind() && advances(event))) return
    this.#queue.push(event)
    if (this.#state !== 'idle') return
    this.#state = 'running'
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#step(next)
      if (this.#isHalted()) return
      if (this.#queue.length === 0) this.#tellWork()
    }
    this.#state = 'idle'
    this.#parts.gate.flush()
  }

  /** The node cannot go on: from here on nothing is decided, written or said. */
  halt(): void {
    this.#state = 'halted'
    this.#queue.length = 0
  }

  /**
   * These came into the mempool: waiting bodies may be complete, and the replica may have work. Those
   * of which no block could record even the refusal are let go and passed on to nobody, but for what a
   * block on its way turns out to hold.
   */
  onTransactions(
    arrived: readonly VerifiedTransaction[],
    relay: (text: string) => void = () => undefined,
  ): void {
    if (this.#isHalted()) return
    const { executor, clock, bodies, mempool } = this.#parts
    const nowMs = clock.wallMs()
    const exhausted: Hash[] = []
    for (const one of arrived) {
      if (executor.isExhausted(one, nowMs)) exhausted.push(one.hash)
      else relay(one.text)
    }
    this.#workChanged = true
    bodies.onArrival()
    mempool.forget(exhausted)
    this.#pump()
  }

  /** An outbox holds a transaction that expired: a block must tell that its time has passed. */
  askBlockTime(): void {
    const { timers, clock } = this.#parts
    this.#blockTimeAsked = true
    // Who asked may have its answer already: what is still wanted is asked for again before this.
    timers.set('blockTime', clock.monotonicMs() + 2 * BLOCK_TIME_PAUSE_MS, () => {
      this.#blockTimeAsked = false
      this.#pump()
    })
    this.#pump()
  }

  /** A view is given up only for what a leader could still take. */
  #onAnswer(event: ChainEvent): void {
    if (event.type === 'timer' && GIVE_UP.has(event.timer)) {
      this.#dropSettled()
      if (event.timer === 'leader') this.#dropUntakeable()
      this.#pump()
    }
    this.dispatch(event)
  }

  #step(event: Event): void {
    const { clock, replica } = this.#parts
    const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }
    for (const effect of replica.step(event, now)) {
      this.#run(effect)
      if (this.#isHalted()) return
    }
  }

  #isHalted(): boolean {
    return this.#state === 'halted'
  }

  /** Once all that was persisted before is on disk. */
  #after(visible: () => void): void {
    this.#parts.gate.after(() => {
      if (!this.#isHalted()) visible()
    })
  }

  /** Outside a step: tells what changed. */
  #pump(): void {
    if (this.#state !== 'idle' || !this.#started) return
    this.#tellWork()
    const next = this.#queue.shift()
    if (next !== undefined) this.dispatch(next)
  }

  /** Queues one event when what waits for a block changed. */
  #tellWork(): void {
    const transactions = this.#parts.mempool.waitingCount()
    const blockTimeAsked = this.#blockTimeAsked
    const told = this.#told
    const changed = this.#workChanged && transactions > 0
    this.#workChanged = false
    if (!changed && transactions === told.transactions && blockTimeAsked === told.blockTimeAsked) {
      return
    }
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
        this.#after(() => this.#finalise(effect.digests, effect.certificate))
        return
      case 'endEpoch':
        this.#parts.onEpochEnd(effect.end, effect.memory)
        return
      case 'answerStranger':
        this.#after(() => this.#effects.run(effect))
        return
      case 'retreat':
        this.#parts.executor.retreat(effect.digest)
        return
      case 'reoffer':
        this.#dropHopeless(effect.max)
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
    const send = (): void => {
      for (const peer of peers) this.#parts.network.send(peer, priority, bytes)
    }
    if (effect.type === 'broadcast' && message.type === 'certificate') {
      const { certificate } = message
      this.#after(() => this.#late.add(certificate, send))
      return
    }
    this.#after(() => {
      this.#late.release()
      send()
    })
  }

  #publish(topic: Topic, bytes: Uint8Array): void {
    this.#after(() => this.#parts.network.publish(topic, bytes))
  }

  #build({ template, epoch, view, allowTransactions, allowEmpty }: BuildEffect): void {
    const { executor } = this.#parts
    const transactions = allowTransactions ? this.#parts.limits.transactions : 0
    const limits = { ...this.#parts.limits, transactions }
    const built = executor.build(template, { limits, allowEmpty })
    const onFinal = template.parentDigest === executor.final().digest
    this.#letGo(built?.dropped ?? [], { onFinal })
    if (built?.held === undefined) {
      this.dispatch({ type: 'notBuilt', epoch, view })
      return
    }
    // Whoever hears of the block next must not have to wait for, or ask for, what we alone hold.
    this.#parts.flushOffers()
    const { header, digest } = built.held
    const transactionHashes = built.held.transactions.map(({ hash }) => hash)
    const next = executor.next(digest)
    this.dispatch({ type: 'built', epoch, view, header, digest, transactionHashes, next })
  }

  /**
   * A transaction that no leader takes any more must not keep this view from resting: whoever led
   * has dropped it, we may not have led since.
   */
  #dropHopeless(max: number): void {
    const refused = [...this.#parts.mempool.waiting()].slice(0, max).flatMap((transaction) => {
      const code = this.#judge(transaction)
      return code === undefined ? [] : [{ transaction, code }]
    })
    this.#letGo(refused, { onFinal: true })
  }

  /**
   * The same for what a final block speaks against for good, as it does against the second of two
   * payments of one id, and for what state refuses that may not even be refused. Blocks leave nothing
   * else behind, so these are the oldest that wait.
   */
  #dropSettled(): void {
    const refused: DroppedCandidate[] = []
    for (const transaction of this.#parts.mempool.waiting()) {
      const code = this.#judge(transaction)
      if (code === undefined || OPEN.has(code)) break
      refused.push({ transaction, code })
    }
    this.#letGo(refused, { onFinal: true })
  }

  /**
   * The leader proposed nothing, and neither could we: what waits is not to be taken now, and neither an
   * open block nor anything else that waits may cure it. Else each time that its outbox offers it would
   * cost the view of every leader that has yet to try it.
   */
  #dropUntakeable(): void {
    const { executor, mempool } = this.#parts
    if (executor.tip().digest !== executor.final().digest) return
    const refused: DroppedCandidate[] = []
    for (const transaction of mempool.waiting()) {
      const code = this.#judge(transaction)
      if (code === undefined) return
      refused.push({ transaction, code })
    }
    this.#letGo(refused, { onFinal: true })
  }

  #judge(transaction: VerifiedTransaction): DoorCode | undefined {
    const { executor, clock } = this.#parts
    return executor.judgeDoor(transaction, clock.wallMs())
  }

  #letGo(refused: readonly DroppedCandidate[], parent: { readonly onFinal: boolean }): void {
    const { mempool } = this.#parts
    for (const { transaction, code } of refused) {
      const fate = fateOf(code, parent)
      if (fate === 'settled') mempool.settle([transaction.hash])
      if (fate === 'forgotten') mempool.forget([transaction.hash])
    }
  }

  #finalise(digests: readonly Hash[], certificate: Finalization): void {
    this.#blockTimeAsked = false
    this.#workChanged = true
    this.#effects.finalise(digests, certificate, (height) =>
      this.dispatch({ type: 'appCommitted', height }),
    )
    this.#dropSettled()
    this.#pump()
  }
}

/** What may make blocks final; everything of it can be asked for again. Beacons tell only who lives. */
const advances = (event: Event): boolean =>
  event.type === 'message' && event.message.type !== 'beacon'

/** Timers that give up the current view. */
const GIVE_UP: ReadonlySet<TimerName> = new Set(['leader', 'advance'])

/** What the state says, which a block above the final one may still change. */
const OF_STATE: ReadonlySet<DoorCode> = new Set(['duplicate', 'id_reused', 'signer_unknown'])
/** What a moment, or a block that is open or not yet here, may cure. */
const OPEN: ReadonlySet<DoorCode> = new Set(['signer_unknown', 'not_yet_valid'])
/** What another time or another transaction may cure. */
const CURABLE: ReadonlySet<DoorCode> = new Set([...OPEN, 'refusals_exhausted'])

/**
 * What becomes of a transaction that no block can contain now. `forgotten`: it takes no room and makes
 * no work any more, and counts as new when its outbox offers it again. `settled`: never to come.
 */
const fateOf = (
  code: DoorCode,
  { onFinal }: { readonly onFinal: boolean },
): 'waits' | 'forgotten' | 'settled' => {
  if (OF_STATE.has(code) && !onFinal) return 'waits'
  return CURABLE.has(code) ? 'forgotten' : 'settled'
}
