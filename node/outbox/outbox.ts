import type { Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { FinalBlock } from '../pipeline/executor.ts'

/** Submissions without an outcome; more are turned away with `node_overloaded`. */
export const OUTBOX_MAX = 20_000
/**
 * From so many on, and from what ended in so many seconds of late, more comes in than becomes final: new
 * ones that were signed elsewhere are turned away at once, rather than when their tills have given up.
 */
export const OUTBOX_EASY = 4_096
export const OUTBOX_CROWDED_SECONDS = 2
/**
 * Pause between two offers of the same submission: first, growth, longest. On a busy node the first is so
 * many times what clearing all that waits takes of late: what only waits its turn was heard.
 */
export const OFFER_FIRST_PAUSE_MS = 1_000
export const OFFER_PAUSE_GROWTH = 2
export const OFFER_PAUSE_MAX_MS = 8_000
export const OFFER_AFTER_CLEARINGS = 2
/** Submissions offered again in one sweep. */
export const OFFERS_PER_SWEEP_MAX = 512
/** Pause between two questions for a block that tells whether an `exp` has passed. */
export const BLOCK_TIME_PAUSE_MS = 2_000

/** A transaction this node has promised to bring to an outcome. */
export type OutboxEntry = {
  readonly hash: Hash
  readonly text: string
  readonly id: PaymentId
  /** Whose payment id it is, as far as this node knows it: a place's, or a signer's. */
  readonly scope: string
  readonly kind: string
  /** Hash of what it asks for; absent for a cancellation, whose outcome is that of its payment. */
  readonly content?: Hash
  readonly till?: string
  readonly amount?: number
  readonly expMs: number
  readonly sinceMs: number
}

/** How a submission ended. */
export type OutboxEnd =
  /** `hash`: of the transaction in the block, which may be another one under the same payment id. */
  | { readonly kind: 'recorded'; readonly event: LedgerEvent; readonly hash: Hash }
  | { readonly kind: 'expired'; readonly height: number; readonly timeMs: number }

/** Which final block it is, and of what time. */
type StoredBlock = {
  readonly block: { readonly header: Pick<Header, 'height' | 'timestampMs'> }
}

/** What a final block tells an outbox: an event for each of its transactions. */
type OutcomeBlock = StoredBlock & {
  readonly events: readonly LedgerEvent[]
  readonly transactions: readonly Pick<FinalBlock['transactions'][number], 'hash'>[]
}

export type OutboxPorts = {
  readonly clock: Clock
  readonly timers: Timers
  /** On disk before `done`; a failure stops the process and never comes back here. */
  readonly save: (entry: OutboxEntry, done: () => void) => void
  /**
   * With what became of each, so that an `expired` can be told later. One that was recorded comes
   * only once the store holds its block: a power cut must leave one of the two.
   */
  readonly erase: (
    ended: readonly { readonly entry: OutboxEntry; readonly end: OutboxEnd }[],
  ) => void
  /** To the authorities: for the first time, or once more where it is overdue. */
  readonly offer: (texts: readonly string[], reach: 'first' | 'again') => void
  readonly askBlockTime: () => void
}

type Pending = {
  readonly entry: OutboxEntry
  offerAtMs: number
  pauseMs: number
  /** Who waits for the disk; undefined once the entry is on it. */
  storing: (() => void)[] | undefined
}

/** Holds each submission on disk and brings it before the authorities until it has an outcome. */
export class Outbox {
  readonly #ports: OutboxPorts
  readonly #pending = new Map<Hash, Pending>()
  /** What is pending under a payment id, by its scope: most of a block is asked after in vain. */
  readonly #byId = new Map<string, Map<PaymentId, readonly Hash[]>>()
  readonly #listeners = new Map<Hash, Set<(end: OutboxEnd) => void>>()
  /** Recorded in final blocks that the store does not hold yet. */
  #recorded: Ended[] = []
  #earliestExpiryMs = Number.POSITIVE_INFINITY
  /** Of those since `#countedAtMs`. */
  #ended = 0
  #endedPerSecond = 0
  #countedAtMs = Number.NEGATIVE_INFINITY
  #askedAtMs = Number.NEGATIVE_INFINITY

  /** `recovered`: what was on disk when the node stopped; offered again at once. */
  constructor(ports: OutboxPorts, recovered: readonly OutboxEntry[]) {
    this.#ports = ports
    for (const entry of recovered) this.#track(entry, undefined)
    if (recovered.length > 0) {
      ports.timers.set('outbox', ports.clock.monotonicMs(), () => this.#sweep())
    }
  }

  /** `stored` once a power cut can no longer lose it. The same hash again adds nothing. */
  submit(entry: OutboxEntry, stored: () => void): 'taken' | 'full' {
    const known = this.#pending.get(entry.hash)
    if (known !== undefined) {
      if (known.storing === undefined) stored()
      else known.storing.push(stored)
      return 'taken'
    }
    if (this.#pending.size >= OUTBOX_MAX) return 'full'
    const one = this.#track(entry, [stored])
    this.#ports.save(entry, () => {
      const waiting = one.storing
      one.storing = undefined
      if (this.#pending.get(entry.hash) === one) this.#ports.offer([entry.text], 'first')
      for (const told of waiting ?? []) told()
    })
    return 'taken'
  }

  /** Whether more comes in than becomes final: nothing new should be taken for a moment. */
  isCrowded(): boolean {
    const cleared = this.#endedPerSecond * OUTBOX_CROWDED_SECONDS
    return this.#pending.size >= Math.max(OUTBOX_EASY, cleared)
  }

  /** Calls back once, at the outcome; the returned function stops waiting. */
  onEnd(hash: Hash, ended: (end: OutboxEnd) => void): () => void {
    const waiting = this.#listeners.get(hash) ?? new Set()
    this.#listeners.set(hash, waiting.add(ended))
    return () => {
      waiting.delete(ended)
      if (waiting.size === 0) this.#listeners.delete(hash)
    }
  }

  /**
   * A block tells of a submission by its hash, and of what shares its payment id: the scope may be
   * another one by now than this node thought.
   */
  onFinal(blocks: readonly OutcomeBlock[]): void {
    if (this.#pending.size === 0) return
    for (const { events, transactions } of blocks) {
      for (const [index, event] of events.entries()) {
        const hash = transactions[index]?.hash
        if (hash !== undefined) this.#record(event, hash)
      }
    }
    const last = blocks.at(-1)?.block.header
    const expired = last === undefined ? [] : this.#expire(last.height, last.timestampMs)
    if (expired.length > 0) this.#ports.erase(expired)
  }

  /** The store holds these blocks: what they recorded need not be promised any longer. */
  onStored(blocks: readonly StoredBlock[]): void {
    const height = blocks.at(-1)?.block.header.height ?? 0
    const isStored = ({ end }: Ended): boolean =>
      end.kind === 'recorded' && end.event.height <= height
    const stored = this.#recorded.filter(isStored)
    if (stored.length === 0) return
    this.#recorded = this.#recorded.filter((ended) => !isStored(ended))
    this.#ports.erase(stored)
  }

  /** The link is back: what waits is offered now, and its pauses begin anew. */
  offerAnew(): void {
    const { timers, clock } = this.#ports
    const nowMs = clock.monotonicMs()
    for (const one of this.#pending.values()) {
      one.offerAtMs = nowMs
      one.pauseMs = OFFER_FIRST_PAUSE_MS * OFFER_PAUSE_GROWTH
    }
    if (this.#pending.size > 0) timers.set('outbox', nowMs, () => this.#sweep())
  }

  /** Submissions under one payment id: the payment, and perhaps its cancellation. */
  find(scope: string, id: PaymentId): readonly OutboxEntry[] {
    const hashes = this.#byId.get(scope)?.get(id)
    if (hashes === undefined) return NONE
    return hashes.flatMap((hash) => this.#pending.get(hash)?.entry ?? [])
  }

  /** Whether a power cut can no longer lose it: before that nobody is told of it. */
  isStored(hash: Hash): boolean {
    const one = this.#pending.get(hash)
    return one !== undefined && one.storing === undefined
  }

  entries(): readonly OutboxEntry[] {
    return [...this.#pending.values()].map(({ entry }) => entry)
  }

  size(): number {
    return this.#pending.size
  }

  oldestSinceMs(): number | undefined {
    return this.#pending.values().next().value?.entry.sinceMs
  }

  #arm(): void {
    const { timers, clock } = this.#ports
    if (this.#pending.size === 0) timers.clear('outbox')
    else timers.set('outbox', clock.monotonicMs() + OFFER_FIRST_PAUSE_MS, () => this.#sweep())
  }

  #sweep(): void {
    const { clock } = this.#ports
    const nowMs = clock.monotonicMs()
    const all = [...this.#pending.values()]
    this.#count(nowMs)
    const due = dueAt(all, nowMs)
    for (const one of due) {
      one.offerAtMs = nowMs + one.pauseMs
      one.pauseMs = Math.min(one.pauseMs * OFFER_PAUSE_GROWTH, OFFER_PAUSE_MAX_MS)
    }
    const texts = due.map(({ entry }) => entry.text)
    if (texts.length > 0) this.#ports.offer(texts, 'again')
    const wallMs = clock.wallMs()
    const isOverdue = all.some(({ entry }) => entry.expMs <= wallMs)
    if (isOverdue && nowMs - this.#askedAtMs >= BLOCK_TIME_PAUSE_MS) {
      this.#askedAtMs = nowMs
      this.#ports.askBlockTime()
    }
    this.#arm()
  }

  /** How many end in a second, looked at once a sweep. */
  #count(nowMs: number): void {
    const elapsedMs = nowMs - this.#countedAtMs
    if (elapsedMs < OFFER_FIRST_PAUSE_MS) return
    this.#endedPerSecond = (this.#ended * 1_000) / elapsedMs
    this.#ended = 0
    this.#countedAtMs = nowMs
  }

  #track(entry: OutboxEntry, storing: Pending['storing']): Pending {
    const one: Pending = {
      entry,
      offerAtMs: this.#ports.clock.monotonicMs() + this.#firstPauseMs(),
      pauseMs: OFFER_FIRST_PAUSE_MS * OFFER_PAUSE_GROWTH,
      storing,
    }
    this.#pending.set(entry.hash, one)
    this.#setAlike(entry, [...this.#alike(entry), entry.hash])
    this.#earliestExpiryMs = Math.min(this.#earliestExpiryMs, entry.expMs)
    if (this.#pending.size === 1) this.#arm()
    return one
  }

  /** Nothing became final of late: then nothing is known of how long it takes. */
  #firstPauseMs(): number {
    if (this.#endedPerSecond === 0) return OFFER_FIRST_PAUSE_MS
    const clearingMs = (this.#pending.size * 1_000) / this.#endedPerSecond
    const turnMs = OFFER_AFTER_CLEARINGS * clearingMs
    return Math.min(Math.max(OFFER_FIRST_PAUSE_MS, turnMs), OFFER_PAUSE_MAX_MS)
  }

  /** Most of a block is of other nodes: nothing is made for it. */
  #record(event: LedgerEvent, hash: Hash): void {
    const alike = this.#alike(event)
    if (alike.length === 0 && !this.#pending.has(hash)) return
    const end = { kind: 'recorded', event, hash } as const
    for (const one of [hash, ...alike]) {
      const ended = this.#finish(one, end)
      if (ended !== undefined) this.#recorded.push(ended)
    }
  }

  /** Takes the entry out and tells who waits; undefined when it was not there. */
  #finish(hash: Hash, end: OutboxEnd): Ended | undefined {
    const entry = this.#pending.get(hash)?.entry
    if (entry === undefined) return undefined
    this.#pending.delete(hash)
    this.#ended += 1
    this.#setAlike(
      entry,
      this.#alike(entry).filter((other) => other !== hash),
    )
    const waiting = this.#listeners.get(hash)
    this.#listeners.delete(hash)
    for (const listener of waiting ?? []) listener(end)
    return { entry, end }
  }

  #alike({ scope, id }: Named): readonly Hash[] {
    return this.#byId.get(scope)?.get(id) ?? NONE
  }

  #setAlike({ scope, id }: Named, hashes: readonly Hash[]): void {
    const ofScope = this.#byId.get(scope) ?? new Map<PaymentId, readonly Hash[]>()
    if (hashes.length > 0) this.#byId.set(scope, ofScope.set(id, hashes))
    else if (ofScope.delete(id) && ofScope.size === 0) this.#byId.delete(scope)
  }

  #expire(height: number, timeMs: number): readonly Ended[] {
    if (timeMs < this.#earliestExpiryMs) return []
    this.#earliestExpiryMs = Number.POSITIVE_INFINITY
    const ended: Ended[] = []
    for (const { entry } of [...this.#pending.values()]) {
      if (entry.expMs > timeMs) {
        this.#earliestExpiryMs = Math.min(this.#earliestExpiryMs, entry.expMs)
        continue
      }
      const end = this.#finish(entry.hash, { kind: 'expired', height, timeMs })
      if (end !== undefined) ended.push(end)
    }
    return ended
  }
}

type Named = Pick<OutboxEntry, 'scope' | 'id'>

const NONE: readonly never[] = []

type Ended = { readonly entry: OutboxEntry; readonly end: OutboxEnd }

const dueAt = (all: readonly Pending[], nowMs: number): readonly Pending[] =>
  all
    .filter(({ offerAtMs, storing }) => offerAtMs <= nowMs && storing === undefined)
    .slice(0, OFFERS_PER_SWEEP_MAX)
