import type { Hash } from '../hash.ts'
import type { VerifiedTransaction } from '../transaction/envelope.ts'
import type { DoorCode } from '../transaction/outcome.ts'
import { type BlockFrame, type BlockWork, beginBlock } from './block-work.ts'
import { type BrokenLedger, culpritOf, type ExecutedBlock, sealed } from './execute-block.ts'
import type { Ledger } from './ledger.ts'

/** Candidates passed over because the block's bytes are spent, before building stops looking. */
const MISFITS_MAX = 16
/** Blocks built again without a transaction that broke an invariant, before an empty one is. */
const ATTEMPTS_MAX = 8

export type BuildLimits = {
  readonly transactions: number
  readonly bytes: number
  readonly isQuarantined: (hash: Hash) => boolean
}

export type BuildInput = BlockFrame & {
  readonly candidates: Iterable<VerifiedTransaction>
  readonly limits: BuildLimits
}

/** A candidate that the block cannot contain, and why. */
export type DroppedCandidate = {
  readonly transaction: VerifiedTransaction
  readonly code: DoorCode
}

/** A candidate to quarantine. */
type PoisonousCandidate = { readonly hash: Hash; readonly reason: string }

export type BuiltBlock = ExecutedBlock & {
  readonly transactions: readonly VerifiedTransaction[]
  readonly dropped: readonly DroppedCandidate[]
  readonly poisonous: readonly PoisonousCandidate[]
}

/**
 * Builds a block of the first candidates that fit, executed on the state of its parent and part of
 * the state when it returns. What a door refuses is left out and named; a candidate that throws or
 * breaks an invariant is left out and named, and spoils nothing.
 */
export const buildBlock = (ledger: Ledger, input: BuildInput): BuiltBlock | BrokenLedger => {
  const left: LeftOut = { dropped: [], poisonous: [] }
  let candidates: Iterable<VerifiedTransaction> = input.candidates
  for (let attempt = 0; attempt <= ATTEMPTS_MAX; attempt++) {
    const work = beginBlock(ledger, input)
    const transactions = choose(work, { ...input, candidates }, left)
    const finding = work.check()
    if (finding === undefined) return { ...sealed(work, transactions), transactions, ...left }
    work.abandon()
    const culprit = culpritOf(ledger, { ...input, transactions }, finding)
    if (culprit.fault === 'broken') return culprit
    left.poisonous.push({ hash: culprit.hash, reason: culprit.reason })
    const innocent = transactions.filter(({ hash }) => hash !== culprit.hash)
    candidates = attempt + 1 < ATTEMPTS_MAX ? innocent : []
  }
  throw new Error('an empty block broke an invariant that it does not break')
}

type LeftOut = { readonly dropped: DroppedCandidate[]; readonly poisonous: PoisonousCandidate[] }

function choose(
  work: BlockWork,
  { candidates, limits }: BuildInput,
  left: LeftOut,
): VerifiedTransaction[] {
  const chosen: VerifiedTransaction[] = []
  let bytes = 0
  let misfits = 0
  for (const transaction of candidates) {
    if (chosen.length >= limits.transactions || misfits >= MISFITS_MAX) break
    if (bytes + transaction.size > limits.bytes) {
      misfits += 1
      continue
    }
    if (!isTaken(work, transaction, { limits, left })) continue
    chosen.push(transaction)
    bytes += transaction.size
  }
  return chosen
}

function isTaken(
  work: BlockWork,
  transaction: VerifiedTransaction,
  { limits, left }: { readonly limits: BuildLimits; readonly left: LeftOut },
): boolean {
  const { hash } = transaction
  if (limits.isQuarantined(hash)) {
    left.dropped.push({ transaction, code: 'quarantined' })
    return false
  }
  const step = work.stepOrNothing(transaction)
  if (step.kind === 'turned_away') left.dropped.push({ transaction, code: step.code })
  if (step.kind === 'thrown') left.poisonous.push({ hash, reason: step.reason })
  return step.kind === 'recorded'
}
