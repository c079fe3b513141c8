import type { Hash } from '#protocol/hash.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { createHeld, createWaitingLine, type Held } from './waiting-line.ts'

/** Bounds of the mempool (consensus.md §14). */
export type MempoolLimits = {
  readonly transactionsMax: number
  /** Of one signer acting for one place, or of one signer where no place acts. */
  readonly perScopeMax: number
  /** Hashes of settled transactions remembered, so that a late copy costs no check. */
  readonly settledMax: number
}

export type Admission = 'added' | 'known' | 'full' | 'scope_full'

/**
 * Authentic transactions on their way into a final block: waiting for one, oldest first, or taken by
 * a block of the applied tip that is not final yet.
 */
export type Mempool = {
  readonly add: (transaction: VerifiedTransaction) => Admission
  /** Waiting, taken, or settled a short while ago. */
  readonly knows: (hash: Hash) => boolean
  readonly get: (hash: Hash) => VerifiedTransaction | undefined
  /** A block of the applied tip holds these: they wait no longer. */
  readonly take: (transactions: readonly VerifiedTransaction[]) => void
  /** That block was taken back: they wait again, before younger ones. */
  readonly giveBack: (transactions: readonly VerifiedTransaction[]) => void
  /** Final, or never to be: forgotten but for the hash. */
  readonly settle: (hashes: Iterable<Hash>) => void
  /** Waiting ones that wait no longer, and are new when they come again. */
  readonly forget: (hashes: Iterable<Hash>) => void
  /** Settles what the chain has passed: `exp` at or before this block time. */
  readonly dropExpired: (blockTimeMs: number) => void
  /** Waiting ones, oldest first. The mempool must not change meanwhile. */
  readonly waiting: () => Iterable<VerifiedTransaction>
  readonly waitingCount: () => number
}

export const createMempool = (limits: MempoolLimits): Mempool => {
  /** Waiting, or taken by a block. */
  const held = new Map<Hash, Held>()
  const line = createWaitingLine()
  const settled = createRecentSet(limits.settledMax)

  const knows = (hash: Hash): boolean => held.has(hash) || settled.has(hash)

  const add = (transaction: VerifiedTransaction): Admission => {
    if (knows(transaction.hash)) return 'known'
    if (line.length() >= limits.transactionsMax) return 'full'
    const share = line.shareOf(transaction)
    if (share.waiting >= limits.perScopeMax) return 'scope_full'
    const entry = createHeld(transaction)
    held.set(transaction.hash, entry)
    line.append(entry, share)
    return 'added'
  }

  const take = (transactions: readonly VerifiedTransaction[]): void => {
    for (const transaction of transactions) {
      const entry = held.get(transaction.hash)
      if (entry === undefined) held.set(transaction.hash, createHeld(transaction))
      else line.leave(entry)
    }
  }

  const giveBack = (transactions: readonly VerifiedTransaction[]): void => {
    for (const { hash } of transactions.toReversed()) {
      const entry = held.get(hash)
      if (entry !== undefined) line.prepend(entry)
    }
  }

  const settle = (hashes: Iterable<Hash>): void => {
    for (const hash of hashes) {
      const entry = held.get(hash)
      if (entry !== undefined) {
        line.leave(entry)
        held.delete(hash)
      }
      settled.add(hash)
    }
  }

  const forget = (hashes: Iterable<Hash>): void => {
    for (const hash of hashes) {
      const entry = held.get(hash)
      if (entry !== undefined && line.leave(entry)) held.delete(hash)
    }
  }

  return {
    add,
    knows,
    get: (hash) => held.get(hash)?.transaction,
    take,
    giveBack,
    settle,
    forget,
    dropExpired: (blockTimeMs) => settle(line.expired(blockTimeMs)),
    waiting: line.all,
    waitingCount: line.length,
  }
}

/** A set of about the last `max` hashes: two halves, the older one dropped when the newer is full. */
const createRecentSet = (max: number): Pick<Set<Hash>, 'has'> & { add: (hash: Hash) => void } => {
  let newer = new Set<Hash>()
  let older = new Set<Hash>()
  return {
    has: (hash) => newer.has(hash) || older.has(hash),
    add: (hash) => {
      if (newer.size >= max / 2) {
        older = newer
        newer = new Set()
      }
      newer.add(hash)
    },
  }
}
