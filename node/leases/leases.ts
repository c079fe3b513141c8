import type { HoldId, NetworkId } from '#protocol/id.ts'
import { lastGapMs, releaseAtMs, remainderOf } from '#protocol/ledger/hold.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { Outcome } from '#protocol/transaction/outcome.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Signer } from '../desk/key-ring.ts'
import type { Outbox, OutboxEnd } from '../outbox/outbox.ts'
import type { Done } from '../storage/completion.ts'
import { paymentName, type StoredCapture } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'
import {
  type CaptureAnswer,
  type CaptureOrder,
  type CaptureRefusal,
  judgeTimes,
  outboxEntryOf,
  ownHold,
  signCapture,
} from './capture.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import type { GrantTally } from './grant-tally.ts'
import {
  isPassedOver,
  isStored,
  isWaiting,
  type Journalled,
  type Kept,
  recordOf,
  stateOf,
} from './kept-capture.ts'
import type { LeaseClock } from './lease-clock.ts'
import { CAPTURES_MAX, LOST_KEPT_MS } from './limits.ts'
import { OpeningsUnderWay } from './openings-under-way.ts'
import { Retirements } from './retirements.ts'

export type LeasesPorts = {
  readonly clock: LeaseClock
  readonly wallMs: () => number
  /** Time of the final block. */
  readonly headMs: () => number
  /** State as of the final block. */
  readonly view: () => View
  readonly networkId: NetworkId
  /** Whose captures these are; undefined: no key for holds here. */
  readonly signer: () => Signer | undefined
  readonly journal: Pick<LocalTable<StoredCapture>, 'put' | 'remove' | 'hasRoom'>
  readonly grants: Pick<GrantTally, 'judge' | 'count'>
  /** Notes the time of the lease clock, so that a restart does not fall behind it. */
  readonly noteTime: (timeMs: number, done: Done) => void
  readonly outbox: Pick<Outbox, 'submit' | 'onEnd'>
  /** What a block that the store holds recorded under a payment id, if one did. */
  readonly storedOutcome: (capture: Pick<StoredCapture, 'place' | 'jti'>) => Outcome | undefined
  /** The body of what such a block holds. */
  readonly storedBody: (
    payment: Pick<StoredCapture, 'place' | 'jti'>,
    answer: (body: TransactionBody | undefined) => void,
  ) => void
  /** A payment id of this time. */
  readonly newId: (timeMs: number) => PaymentId
}

/**
 * Captures from leases, whether or not the network can be reached. Each is on disk before it is
 * answered, signed once, and brought to the ledger by the outbox until it is in a block. What is
 * accepted and what the ledger has captured is never more than what a hold keeps apart: consensus locked
 * that money before, so nothing can be overdrawn.
 *
 * A capture whose id lapsed while the ledger stood still is signed anew under another one: a final
 * block has shown by then that the first can never take effect.
 */
export class Leases {
  readonly underWay = new OpeningsUnderWay()
  readonly #ports: LeasesPorts
  readonly #delivery: Delivery
  readonly #kept = new Map<string, Kept>()
  readonly #ofHold = new Map<HoldId, Set<Kept>>()
  readonly #retirements: Retirements

  /** `recovered`: the journal. What has not arrived is brought on its way at once. */
  constructor(ports: LeasesPorts, recovered: readonly StoredCapture[]) {
    this.#ports = ports
    this.#retirements = new Retirements(ports.headMs)
    this.#delivery = createDelivery(ports.outbox)
    for (const capture of recovered) this.#deliver(this.#keep(capture, undefined))
  }

  /** Answers once a power cut can no longer lose it. The same order again is the same capture. */
  capture(order: CaptureOrder, answer: (answer: CaptureAnswer) => void): void {
    const known = this.#kept.get(paymentName({ scope: order.place, id: order.id }))
    if (known !== undefined) {
      this.#replay(known, order, answer)
      return
    }
    this.#whetherOnLedger(order, (isThere) => {
      if (isThere) answer({ kind: 'accepted', replayed: true })
      else this.#accept(order, answer)
    })
  }

  #accept(order: CaptureOrder, answer: (answer: CaptureAnswer) => void): void {
    const judged = this.#judge(order)
    if (typeof judged === 'string') {
      answer({ kind: 'refused', code: judged })
      return
    }
    const capture = this.#sign({ ...judged, order, jti: order.id })
    // Before it, in the same queue: a power cut never leaves a capture that nobody counted.
    this.#ports.grants.count(order)
    const kept = this.#keep(capture, [() => answer({ kind: 'accepted', replayed: false })])
    this.#store(kept)
  }

  /** What can still be captured of a hold here: what the ledger leaves, less what is on its way. */
  leftOf(hold: HoldRecord): number {
    return remainderOf(hold) - this.onTheWay(hold.id)
  }

  /**
   * What is accepted of a hold and not in a final block. Until it is nothing, whoever releases or
   * splits the hold takes what was promised away.
   */
  onTheWay(hold: HoldId): number {
    const view = this.#ports.view()
    let sum = 0
    for (const kept of this.#ofHold.get(hold) ?? []) {
      if (isWaiting(kept, view)) sum += kept.capture.amount
    }
    return sum
  }

  /** What is on this disk, oldest first, each with what became of it. */
  journal(): readonly Journalled[] {
    const view = this.#ports.view()
    return [...this.#kept.values()].flatMap((kept) =>
      isStored(kept) ? { capture: kept.capture, state: stateOf(kept, view) } : [],
    )
  }

  /** Captures that came to nothing, oldest first: the venue's loss. */
  losses(): readonly StoredCapture[] {
    return this.journal().flatMap(({ capture, state }) => (state === 'lost' ? capture : []))
  }

  /** Captures on this disk of which no final block tells yet, oldest first. */
  waiting(): readonly StoredCapture[] {
    return this.journal().flatMap(({ capture, state }) => (state === 'on_the_way' ? capture : []))
  }

  /** Captures of which no final block tells yet. */
  size(): number {
    const view = this.#ports.view()
    let size = 0
    for (const kept of this.#kept.values()) if (isWaiting(kept, view)) size += 1
    return size
  }

  /** What the journal knows of a payment of a place. `isStored`: no power cut can undo it. */
  find(
    place: string,
    id: PaymentId,
  ): { readonly capture: StoredCapture; readonly isStored: boolean } | undefined {
    if (this.#kept.size === 0) return undefined
    const kept = this.#kept.get(paymentName({ scope: place, id }))
    return kept && { capture: kept.capture, isStored: isStored(kept) }
  }

  /** Resolves once a capture that `find` knows is on disk; at once when it is, or is none. */
  stored(place: string, id: PaymentId): Promise<void> {
    const { storing } = this.#kept.get(paymentName({ scope: place, id })) ?? {}
    if (storing === undefined) return Promise.resolve()
    return new Promise((resolve) => storing.push(resolve))
  }

  /**
   * From now on nothing is captured from this hold, since it is to be given back, until a final block is
   * later than that; undefined while something is on its way, which a release would take away. The
   * returned function opens it again at once, unless another release of it is on its way.
   */
  retire(hold: HoldId, untilMs: number): (() => void) | undefined {
    if (this.onTheWay(hold) > 0) return undefined
    return this.#retirements.add(hold, untilMs)
  }

  /** Notes the time, lets go of what is settled for good, and brings on its way what was left behind. */
  tick(): void {
    const { clock, noteTime, journal } = this.#ports
    noteTime(clock.nowMs(), IGNORED)
    this.#retirements.tick()
    const over: string[] = []
    for (const [name, kept] of this.#kept) {
      if (kept.storing !== undefined) continue
      this.#settle(kept)
      if (this.#isOver(kept)) over.push(name)
      else if (kept.lapsedMs === undefined) this.#deliver(kept)
      else this.#renew(kept, kept.lapsedMs)
    }
    this.#delivery.goOn()
    for (const name of over) this.#drop(name)
    if (over.length > 0) journal.remove(over, IGNORED)
  }

  /** What nobody heard of: it came to its end before a restart, or while it waited for its turn. */
  #settle(kept: Kept): void {
    const { capture } = kept
    const record = recordOf(this.#ports.view(), capture)
    const outcome = record?.outcome ?? this.#ports.storedOutcome(capture)
    if (capture.lost !== undefined || outcome === undefined) return
    kept.recorded = true
    if (record?.kind === 'payment.cancel') this.#lose(kept, 'cancelled')
    else if (record !== undefined && isPassedOver(record)) {
      this.#replace(kept, this.#ports.clock.nowMs())
    } else if (outcome !== 'applied') this.#lose(kept, outcome)
  }

  #isOver({ capture }: Kept): boolean {
    const { clock, storedOutcome } = this.#ports
    const isLong = clock.nowMs() - capture.atMs >= LOST_KEPT_MS
    if (capture.lost !== undefined) return isLong
    // By the till's id nobody else would find what was signed under another.
    return storedOutcome(capture) !== undefined && (capture.jti === capture.id || isLong)
  }

  #replay(known: Kept, order: CaptureOrder, answer: (answer: CaptureAnswer) => void): void {
    const { capture, storing } = known
    const isSame = capture.hold === order.hold && capture.amount === order.amount
    if (!isSame || capture.content !== order.content) {
      answer({ kind: 'refused', code: 'id_used' })
      return
    }
    const told = (): void => answer({ kind: 'accepted', replayed: true })
    if (storing === undefined) told()
    else storing.push(told)
  }

  #judge(
    order: CaptureOrder,
  ): { readonly hold: HoldRecord; readonly signer: Signer } | CaptureRefusal {
    const { clock, signer: ours, journal, grants } = this.#ports
    const view = this.#ports.view()
    const signer = ours()
    const hold = ownHold(view, order, signer?.signerKey)
    if (typeof hold === 'string' || signer === undefined) {
      return typeof hold === 'string' ? hold : 'hold_elsewhere'
    }
    if (this.#retirements.has(hold.id)) return 'hold_closed'
    const code = judgeTimes(view, hold, { id: order.id, nowMs: clock.nowMs() })
    if (code !== undefined) return code
    if (this.#isSettled({ place: order.place, jti: order.id })) return 'id_used'
    if (order.amount > this.leftOf(hold)) return 'hold_cap_exceeded'
    const past = grants.judge(order)
    if (past !== undefined) return past
    return this.#kept.size >= CAPTURES_MAX || !journal.hasRoom() ? 'journal_full' : { hold, signer }
  }

  #sign({
    hold,
    order,
    jti,
    signer,
  }: {
    readonly hold: HoldRecord
    readonly order: Pick<CaptureOrder, 'place' | 'amount' | 'id' | 'content' | 'till'>
    readonly jti: PaymentId
    readonly signer: Signer
  }): StoredCapture {
    const { networkId, clock, view } = this.#ports
    const signing = { view: view(), networkId, signer }
    return signCapture({ hold, order, jti, atMs: clock.nowMs() }, signing)
  }

  #keep(capture: StoredCapture, storing: Kept['storing']): Kept {
    const kept = { capture, storing, delivering: false, recorded: false, lapsedMs: undefined }
    this.#kept.set(nameOf(capture), kept)
    const alike = this.#ofHold.get(capture.hold) ?? new Set()
    this.#ofHold.set(capture.hold, alike.add(kept))
    return kept
  }

  /** A write that fails stops the node: nothing comes back here. */
  #store(kept: Kept): void {
    const { capture } = kept
    this.#ports.journal.put(capture, (error) => {
      if (error !== undefined || kept.capture !== capture) return
      const waiting = kept.storing ?? []
      kept.storing = undefined
      this.#deliver(kept)
      for (const told of waiting) told()
    })
  }

  /** On its way, unless it is that or has arrived. */
  #deliver(kept: Kept): void {
    const { capture, delivering } = kept
    const isWanted = (): boolean =>
      kept.capture === capture && !kept.recorded && !this.#isSettled(capture)
    if (delivering || capture.lost !== undefined || !isWanted()) return
    kept.delivering = true
    this.#delivery.bring({
      hash: capture.hash,
      entry: () => (isWanted() ? outboxEntryOf(capture, this.#ports.wallMs()) : undefined),
      ended: (end) => {
        kept.delivering = false
        if (kept.capture !== capture) this.#deliverStored(kept)
        else if (end === undefined) this.#settle(kept)
        else this.#onEnd(kept, end)
      },
    })
  }

  /** What it is now: signed anew while what it was waited for its turn. */
  #deliverStored(kept: Kept): void {
    if (kept.storing === undefined) this.#deliver(kept)
  }

  /** Whatever used the id up, as a sale tried first does, paid the place; unless it was refused. */
  #onEnd(kept: Kept, end: OutboxEnd): void {
    kept.recorded ||= end.kind === 'recorded'
    if (end.kind === 'expired') this.#renew(kept, end.timeMs)
    else if (end.event.facts?.cancelled === true) this.#lose(kept, 'cancelled')
    else if (end.event.outcome !== 'applied') {
      if (end.event.kind === 'hold.capture') this.#lose(kept, end.event.outcome)
      else this.#replace(kept, end.event.timeMs)
    }
  }

  /** A sale tried first was refused: its id is used up without a charge, and the capture needs another. */
  #replace(kept: Kept, blockMs: number): void {
    kept.recorded = false
    this.#renew(kept, blockMs)
  }

  /**
   * No block can hold the capture any more. While its hold can be captured from, another may; where the
   * key is not here now, or the disk is behind, it waits for that.
   */
  #renew(kept: Kept, blockMs: number): void {
    const { capture } = kept
    const { newId, signer: ours, journal } = this.#ports
    if (kept.recorded) return
    const view = this.#ports.view()
    const signer = ours()
    const hold = ownHold(view, capture, signer?.signerKey)
    const isKeyAway = signer === undefined && hold === 'hold_elsewhere'
    kept.lapsedMs = isKeyAway || !journal.hasRoom() ? blockMs : undefined
    if (kept.lapsedMs !== undefined) return
    if (typeof hold === 'string' || signer === undefined) {
      this.#lose(kept, typeof hold === 'string' ? hold : 'hold_elsewhere')
    } else if (blockMs >= releaseAtMs(hold, lastGapMs(view))) {
      this.#lose(kept, 'hold_over')
    } else {
      const anew = this.#sign({ hold, order: capture, jti: newId(blockMs), signer })
      kept.capture = { ...anew, atMs: capture.atMs }
      kept.storing = []
      this.#store(kept)
    }
  }

  #lose(kept: Kept, lost: string): void {
    kept.capture = { ...kept.capture, lost }
    this.#ports.journal.put(kept.capture, IGNORED)
  }

  /** Whether the ledger holds exactly this: the till did not hear of it, or asks another node. */
  #whetherOnLedger(
    { place, hold, amount, id: jti }: CaptureOrder,
    tell: (isThere: boolean) => void,
  ): void {
    const { storedOutcome, storedBody } = this.#ports
    if (storedOutcome({ place, jti }) !== 'applied') {
      tell(false)
      return
    }
    storedBody({ place, jti }, (body) =>
      tell(body?.kind === 'hold.capture' && body.hold === hold && body.amount === amount),
    )
  }

  #isSettled(payment: Pick<StoredCapture, 'place' | 'jti'>): boolean {
    const { view, storedOutcome } = this.#ports
    return recordOf(view(), payment) !== undefined || storedOutcome(payment) !== undefined
  }

  #drop(name: string): void {
    const kept = this.#kept.get(name)
    if (kept === undefined) return
    this.#kept.delete(name)
    const alike = this.#ofHold.get(kept.capture.hold)
    alike?.delete(kept)
    if (alike?.size === 0) this.#ofHold.delete(kept.capture.hold)
  }
}

const nameOf = ({ place, id }: StoredCapture): string => paymentName({ scope: place, id })

/** What fails stops the node; what is lost by a power cut is done again. */
const IGNORED: Done = () => undefined
