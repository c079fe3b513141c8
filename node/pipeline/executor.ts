import type { HeaderTemplate } from '#consensus/effect.ts'
import type { Block } from '#protocol/chain/block.ts'
import type { NextEpoch } from '#protocol/chain/epoch.ts'
import { type Header, headerDigest } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import { buildBlock, type DroppedCandidate } from '#protocol/ledger/build-block.ts'
import { judgeDoor } from '#protocol/ledger/door.ts'
import { placeAfter } from '#protocol/ledger/epoch.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { type ExecutedBlock, type Execution, executeBlock } from '#protocol/ledger/execute-block.ts'
import type { Finding } from '#protocol/ledger/invariants/finding.ts'
import { type Ledger, undoBlock } from '#protocol/ledger/ledger.ts'
import { type RecordsBefore, recordsBefore } from '#protocol/ledger/touched.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { FamilyName, Records } from '#protocol/state/families.ts'
import type { SlotWrite } from '#protocol/state/family.ts'
import type { History } from '#protocol/state/history.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { DoorCode } from '#protocol/transaction/outcome.ts'
import { completed, differenceOf } from './executed-header.ts'
import type { Mempool } from './mempool.ts'
import { createSpentBudgets, type SpentBudgets } from './spent-budgets.ts'

/** A block whose transactions passed every signature check here. */
export type HeldBlock = {
  readonly header: Header
  readonly digest: Hash
  readonly transactions: readonly VerifiedTransaction[]
}

/** A final block with all that it did, for the store, for events and for waiting answers. */
export type FinalBlock = {
  readonly block: Block
  readonly transactions: readonly VerifiedTransaction[]
  readonly events: readonly LedgerEvent[]
  readonly writes: readonly SlotWrite[]
}

/**
 * What became of a block. `invalid`: no honest leader makes it. `poisonous`: a rule threw or an
 * invariant broke at this transaction, which must never be tried again.
 */
export type Verdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly detail: string }
  | { readonly kind: 'poisonous'; readonly hash: Hash }
  | { readonly kind: 'no_parent' }

export type BuildLimits = { readonly transactions: number; readonly bytes: number }

/** The state at the final block, whichever that is when it is asked. */
export type FinalView = View & {
  /** By ascending slot. A record that a block above the final one removed is left out. */
  readonly records: <F extends FamilyName>(family: F) => Iterable<Records[F]>
}

/** Without `held` no candidate was good enough and an empty block was of no use. */
export type Built = {
  readonly held?: HeldBlock
  readonly dropped: readonly DroppedCandidate[]
}

type Applied = HeldBlock & {
  readonly execution: ExecutedBlock
  readonly block: Block
  /** Made when somebody first reads as of the final block while this one is above it. */
  before: RecordsBefore | undefined
}
type Point = { readonly header: Header; readonly digest: Hash }

export type ExecutorParts = {
  readonly ledger: Ledger
  /** Digests of all strict ancestors of the final block. */
  readonly history: History
  readonly final: Point
  readonly mempool: Mempool
  readonly isQuarantined: (hash: Hash) => boolean
  readonly onPoison: (hash: Hash, reason: string) => void
  /** An invariant of the ledger does not hold here, and no transaction did it: the node stops. */
  readonly onBroken: (finding: Finding) => void
}

/**
 * The one applied tip: the ledger as of some block, final or not. Moving to another branch undoes to
 * the common ancestor and applies again from there.
 */
export class Executor {
  readonly #parts: ExecutorParts
  readonly #blocks = new Map<Hash, HeldBlock>()
  /** Bodies and outcomes of executed blocks that are not final. */
  readonly #executed = new Map<Hash, Block>()
  /** Applied above the final block, oldest first. */
  readonly #applied: Applied[] = []
  /** One for all blocks: it is asked for several times a payment. */
  readonly #finalView: FinalView
  readonly #spent: SpentBudgets
  #heldBytes = 0
  #final: Point

  constructor(parts: ExecutorParts) {
    this.#parts = parts
    this.#final = parts.final
    this.#finalView = finalViewOf(parts.ledger, this.#applied)
    this.#spent = createSpentBudgets(parts.ledger)
  }

  final(): Point {
    return this.#final
  }

  tip(): Point {
    return this.#applied.at(-1) ?? this.#final
  }

  holds(digest: Hash): boolean {
    return this.#blocks.has(digest)
  }

  hold(held: HeldBlock): void {
    if (this.#blocks.has(held.digest)) return
    this.#blocks.set(held.digest, held)
    this.#heldBytes += bytesOf(held)
  }

  /** Bytes of the transactions of all held blocks. */
  heldBytes(): number {
    return this.#heldBytes
  }

  forget(digest: Hash): void {
    if (!this.#isApplied(digest)) this.#remove(digest)
  }

  /** Takes a block that is applied above the final one back, and what is on it; all stay held. */
  retreat(digest: Hash): void {
    while (this.#isApplied(digest)) this.#undoTip()
  }

  /** What an applied block brings about, if it seals its epoch. */
  next(digest: Hash): NextEpoch | undefined {
    return this.#applied.find((one) => one.digest === digest)?.execution.next
  }

  /** The full block, with its outcomes, once it was executed here; not after it is final. */
  executed(digest: Hash): Block | undefined {
    return this.#executed.get(digest)
  }

  /**
   * Makes a held block the tip; its held ancestors are applied on the way, each compared root by
   * root with its header. On a difference the tip is the last good one.
   */
  execute(digest: Hash): Verdict {
    const path: HeldBlock[] = []
    let at = digest
    while (at !== this.#final.digest && !this.#isApplied(at)) {
      const held = this.#blocks.get(at)
      if (held === undefined) return { kind: 'no_parent' }
      path.push(held)
      at = held.header.parentDigest
    }
    while (this.tip().digest !== at) this.#undoTip()
    for (const held of path.reverse()) {
      const verdict = this.#apply(held)
      if (verdict.kind !== 'valid') return verdict
    }
    return { kind: 'valid' }
  }

  /** Why a block of this time on the final one could not contain the transaction. */
  judgeDoor(transaction: VerifiedTransaction, timeMs: number): DoorCode | undefined {
    if (this.#parts.isQuarantined(transaction.hash)) return 'quarantined'
    const judgement = judgeDoor(this.finalView(), transaction, timeMs)
    if (!judgement.ok) return judgement.code
    return this.isExhausted(transaction, timeMs) ? 'refusals_exhausted' : undefined
  }

  /**
   * Whether state refuses the transaction and a block of this time could not even record that, neither
   * on the final block nor on the tip.
   */
  isExhausted(transaction: VerifiedTransaction, timeMs: number): boolean {
    const afterMs = Math.max(timeMs, this.#final.header.timestampMs + 1)
    if (!this.#spent.areAny(afterMs)) return false
    const views = this.#applied.length === 0 ? [] : [this.tipView()]
    return this.#spent.isExhausted(transaction, afterMs, [this.#finalView, ...views])
  }

  /** A new block on top of `template.parentDigest`, held and applied; undefined without that parent. */
  build(
    template: HeaderTemplate,
    { limits, allowEmpty }: { readonly limits: BuildLimits; readonly allowEmpty: boolean },
  ): Built | undefined {
    const { ledger, mempool, onPoison, onBroken, isQuarantined } = this.#parts
    if (this.execute(template.parentDigest).kind !== 'valid') return undefined
    const built = buildBlock(ledger, {
      height: template.height,
      parentMs: this.tip().header.timestampMs,
      timestampMs: template.timestampMs,
      candidates: limits.transactions === 0 ? [] : mempool.waiting(),
      limits: { ...limits, isQuarantined },
    })
    if (!built.ok) {
      onBroken(built.finding)
      return undefined
    }
    for (const { hash, reason } of built.poisonous) onPoison(hash, reason)
    const { transactions, dropped } = built
    if (transactions.length === 0 && !allowEmpty) {
      undoBlock(ledger, built.undo)
      return { dropped }
    }
    const header = completed(template, built, this.#historyRootAbove(template.parentDigest))
    const held = { header, digest: headerDigest(header), transactions }
    this.hold(held)
    this.#push(held, built)
    return { held, dropped }
  }

  /**
   * Makes these held blocks final, oldest first; nothing below them is kept. What is applied above
   * them stays applied.
   */
  finalise(digests: readonly Hash[]): readonly FinalBlock[] {
    const last = digests.at(-1)
    if (last === undefined) return []
    const verdict: Verdict = this.#isApplied(last) ? { kind: 'valid' } : this.execute(last)
    if (verdict.kind !== 'valid') throw new Error(`a final block does not apply: ${verdict.kind}`)
    const finals = this.#applied.splice(0, digests.length)
    const newest = finals.at(-1)
    if (newest?.digest !== last) throw new Error('the final segment does not follow the tip')
    this.#final = newest
    for (const [digest, { header }] of this.#blocks) {
      if (header.height <= newest.header.height) this.#remove(digest)
    }
    const { mempool } = this.#parts
    for (const { transactions, execution } of finals) {
      mempool.settle(transactions.map(({ hash }) => hash))
      this.#spent.onFinal(execution.touched)
    }
    mempool.dropExpired(newest.header.timestampMs)
    return finals.map(({ block, transactions, execution }) => ({
      block,
      transactions,
      events: execution.events,
      writes: execution.changes.writes,
    }))
  }

  /**
   * Reads as of the final block, whatever is applied above it: what an untaken block touched is read
   * as it was before the first such block.
   */
  finalView(): FinalView {
    return this.#finalView
  }

  /** Reads as of the newest applied block, final or not; valid until the next block. */
  tipView(): View {
    const { state } = this.#parts.ledger
    return { get: (family, key) => state.get(family, key) }
  }

  /**
   * What `read` finds in the ledger as of the final block. What is applied above it is taken back for
   * that and applied again: some milliseconds under load, for what is read once in a while.
   */
  atFinal<T>(read: (ledger: Ledger) => T): T {
    const tip = this.tip().digest
    while (this.#applied.length > 0) this.#undoTip()
    const found = read(this.#parts.ledger)
    const verdict: Verdict = tip === this.#final.digest ? { kind: 'valid' } : this.execute(tip)
    if (verdict.kind !== 'valid') throw new Error(`the tip does not apply again: ${verdict.kind}`)
    return found
  }

  #isApplied(digest: Hash): boolean {
    return this.#applied.some((one) => one.digest === digest)
  }

  #remove(digest: Hash): void {
    const held = this.#blocks.get(digest)
    if (held !== undefined) this.#heldBytes -= bytesOf(held)
    this.#blocks.delete(digest)
    this.#executed.delete(digest)
  }

  #historyRootAbove(parent: Hash): Hash {
    const { history } = this.#parts
    history.append(parent)
    return history.root()
  }

  #undoTip(): void {
    const last = this.#applied.pop()
    if (last === undefined) throw new Error('nothing above the final block to undo')
    this.#undo(last.execution)
    this.#parts.mempool.giveBack(last.transactions)
  }

  #undo(execution: ExecutedBlock): void {
    undoBlock(this.#parts.ledger, execution.undo)
    this.#parts.history.truncate(this.tip().header.height)
  }

  #push(held: HeldBlock, execution: ExecutedBlock): void {
    const { header, digest, transactions } = held
    const texts = transactions.map(({ text }) => text)
    const block = { header, digest, transactions: texts, outcomes: execution.outcomes }
    this.#executed.set(digest, block)
    this.#applied.push({ header, digest, transactions, execution, block, before: undefined })
    this.#parts.mempool.take(transactions)
  }

  /** Applies a block on the tip, which is its parent; on any difference the tip stays. */
  #apply(held: HeldBlock): Verdict {
    const { header, transactions } = held
    const { height, timestampMs } = header
    const place = placeAfter(this.#parts.ledger.state)
    if (header.epoch !== place.epoch || header.version !== place.version) {
      return { kind: 'invalid', detail: `epoch ${place.epoch}, rules ${place.version} here` }
    }
    const parentMs = this.tip().header.timestampMs
    const frame = { height, parentMs, timestampMs }
    const result = executeBlock(this.#parts.ledger, { ...frame, transactions })
    if (!result.ok) return this.#refuse(result)
    const actual = completed(header, result, this.#historyRootAbove(header.parentDigest))
    const difference = differenceOf(header, actual)
    if (difference === undefined) {
      this.#push(held, result)
      return { kind: 'valid' }
    }
    this.#undo(result)
    return { kind: 'invalid', detail: difference }
  }

  #refuse(failure: Exclude<Execution, ExecutedBlock>): Verdict {
    if (failure.fault === 'invalid') {
      return { kind: 'invalid', detail: `${failure.code} at ${failure.index}` }
    }
    if (failure.fault === 'poisonous') {
      this.#parts.onPoison(failure.hash, failure.reason)
      return { kind: 'poisonous', hash: failure.hash }
    }
    this.#parts.onBroken(failure.finding)
    return { kind: 'invalid', detail: failure.finding.invariant }
  }
}

/** `above`: what is applied above the final block now, oldest first. */
const finalViewOf = ({ state }: Ledger, above: readonly Applied[]): FinalView => {
  const get = <F extends FamilyName>(family: F, key: string): Records[F] | undefined => {
    for (const applied of above) {
      const before: RecordsBefore[F] = beforeOf(applied)[family]
      if (before.has(key)) return before.get(key)
    }
    return state.get(family, key)
  }
  function* records<F extends FamilyName>(family: F): Generator<Records[F]> {
    for (const { key } of state.entries(family)) {
      const record = get(family, key)
      if (record !== undefined) yield record
    }
  }
  return { get, records }
}

const bytesOf = ({ transactions }: HeldBlock): number =>
  transactions.reduce((sum, { size }) => sum + size, 0)

/** What records were before a block that is applied. */
const beforeOf = (applied: Applied): RecordsBefore => {
  applied.before ??= recordsBefore(applied.execution.touched)
  return applied.before
}
