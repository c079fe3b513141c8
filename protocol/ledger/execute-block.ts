import type { NextEpoch } from '../chain/epoch.ts'
import type { Hash } from '../hash.ts'
import type { BlockChanges } from '../state/state.ts'
import { createTransactionTree } from '../state/transaction-tree.ts'
import type { VerifiedTransaction } from '../transaction/envelope.ts'
import type { DoorCode, Outcome } from '../transaction/outcome.ts'
import { type BlockFrame, type BlockWork, beginBlock } from './block-work.ts'
import type { LedgerEvent } from './event.ts'
import { type Finding, sentenceOf } from './invariants/finding.ts'
import type { Ledger, LedgerUndo } from './ledger.ts'
import type { Touched } from './touched.ts'

export type BlockInput = BlockFrame & { readonly transactions: readonly VerifiedTransaction[] }

/** A block that was executed and is part of the state now. */
export type ExecutedBlock = {
  readonly ok: true
  readonly outcomes: readonly Outcome[]
  readonly events: readonly LedgerEvent[]
  readonly changes: BlockChanges
  readonly undo: LedgerUndo
  /** What each record that the block touched was before it. */
  readonly touched: Touched
  /** What the block brings about, if it seals its epoch. */
  readonly next: NextEpoch | undefined
  readonly txRoot: Hash
  readonly stateRoot: Hash
}

/** A transaction that no valid block can contain here: its block is invalid as a whole. */
type InvalidBlock = {
  readonly ok: false
  readonly fault: 'invalid'
  readonly code: DoorCode
  readonly index: number
}

/** A transaction that made a rule throw or an invariant break: quarantine it by hash, and alarm. */
export type PoisonousBlock = {
  readonly ok: false
  readonly fault: 'poisonous'
  readonly index: number
  readonly hash: Hash
  readonly reason: string
}

/** An invariant broke and no transaction did it: this node must stop. */
export type BrokenLedger = {
  readonly ok: false
  readonly fault: 'broken'
  readonly finding: Finding
}

export type Execution = ExecutedBlock | InvalidBlock | PoisonousBlock | BrokenLedger

/**
 * Executes a block on the state of its parent. It becomes part of the state, or the state is exactly
 * what it was.
 */
export const executeBlock = (ledger: Ledger, input: BlockInput): Execution => {
  const work = beginBlock(ledger, input)
  const failure = takeAll(work, input.transactions)
  if (failure !== undefined) {
    work.abandon()
    return failure
  }
  const finding = work.check()
  if (finding === undefined) return sealed(work, input.transactions)
  work.abandon()
  return culpritOf(ledger, input, finding)
}

/** Ends a block whose invariants hold. */
export const sealed = (
  work: BlockWork,
  transactions: readonly VerifiedTransaction[],
): ExecutedBlock => {
  const { changes, undo, touched, next } = work.seal()
  const outcomes = work.events.map(({ outcome }) => outcome)
  const tree = createTransactionTree(
    transactions.map(({ hash }, index) => ({ hash, outcome: outcomes[index] ?? '' })),
  )
  const { events } = work
  return {
    ok: true,
    outcomes,
    events,
    changes,
    undo,
    touched,
    next,
    txRoot: tree.root(),
    stateRoot: changes.root,
  }
}

/**
 * Which transaction broke an invariant: executes the block once more, checking after each one, and
 * leaves the state as it was.
 */
export const culpritOf = (
  ledger: Ledger,
  input: BlockInput,
  finding: Finding,
): PoisonousBlock | BrokenLedger => {
  const work = beginBlock(ledger, input)
  const culprit = firstToBreak(work, input.transactions)
  work.abandon()
  return culprit ?? { ok: false, fault: 'broken', finding }
}

function takeAll(
  work: BlockWork,
  transactions: readonly VerifiedTransaction[],
): InvalidBlock | PoisonousBlock | undefined {
  let index = 0
  for (const transaction of transactions) {
    const step = work.step(transaction)
    if (step.kind === 'turned_away') {
      return { ok: false, fault: 'invalid', code: step.code, index }
    }
    if (step.kind === 'thrown') return poisonous(transaction, index, step.reason)
    index += 1
  }
  return undefined
}

function firstToBreak(
  work: BlockWork,
  transactions: readonly VerifiedTransaction[],
): PoisonousBlock | undefined {
  if (work.check() !== undefined) return undefined
  for (const [index, transaction] of transactions.entries()) {
    work.step(transaction)
    const broken = work.check()
    if (broken === undefined) continue
    return poisonous(transaction, index, sentenceOf(broken))
  }
  return undefined
}

function poisonous({ hash }: VerifiedTransaction, index: number, reason: string): PoisonousBlock {
  return { ok: false, fault: 'poisonous', index, hash, reason }
}
