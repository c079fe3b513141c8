import type { Hash } from '#protocol/hash.ts'
import type { Key, PlaceId } from '#protocol/id.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'

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
  let waiting = new Map<Hash, VerifiedTransaction>()
  const taken = new Map<Hash, VerifiedTransaction>()
  const settled = createRecentSet(limits.settledMax)
  const shares = createShares()
  let earliestExpiryMs = Number.POSITIVE_INFINITY

  const wait = (transaction: VerifiedTransaction): void => {
    waiting.set(transaction.hash, transaction)
    shares.change(transaction, 1)
    earliestExpiryMs = Math.min(earliestExpiryMs, transaction.expMs)
  }

  const unwait = (hash: Hash): void => {
    const transaction = waiting.get(hash)
    if (transaction === undefined) return
    waiting.delete(hash)
    shares.change(transaction, -1)
  }

  const knows = (hash: Hash): boolean => waiting.has(hash) || taken.has(hash) || settled.has(hash)

  const add = (transaction: VerifiedTransaction): Admission => {
    if (knows(transaction.hash)) return 'known'
    if (waiting.size >= limits.transactionsMax) return 'full'
    if (shares.of(transaction) >= limits.perScopeMax) return 'scope_full'
    wait(transaction)
    return 'added'
  }

  const settle = (hashes: Iterable<Hash>): void => {
    for (const hash of hashes) {
      unwait(hash)
      taken.delete(hash)
      settled.add(hash)
    }
  }

  const dropExpired = (blockTimeMs: number): void => {
    if (blockTimeMs < earliestExpiryMs) return
    const expired = [...waiting.values()].filter(({ expMs }) => expMs <= blockTimeMs)
    settle(expired.map(({ hash }) => hash))
    earliestExpiryMs = Number.POSITIVE_INFINITY
    for (const { expMs } of waiting.values()) earliestExpiryMs = Math.min(earliestExpiryMs, expMs)
  }

  return {
    add,
    knows,
    get: (hash) => waiting.get(hash) ?? taken.get(hash),
    take: (transactions) => {
      for (const transaction of transactions) {
        unwait(transaction.hash)
        taken.set(transaction.hash, transaction)
      }
    },
    giveBack: (transactions) => {
      if (transactions.length === 0) return
      const younger = waiting
      waiting = new Map()
      for (const transaction of transactions) {
        if (taken.delete(transaction.hash)) wait(transaction)
      }
      for (const [hash, transaction] of younger) waiting.set(hash, transaction)
    },
    settle,
    forget: (hashes) => {
      for (const hash of hashes) unwait(hash)
    },
    dropExpired,
    waiting: () => waiting.values(),
    waitingCount: () => waiting.size,
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

/**
 * How many wait of one signer acting for one place. That the signer may act for the place is unproven
 * until a block is built, so a liar fills only a share of its own.
 */
const createShares = () => {
  const byPlace = new Map<PlaceId | undefined, Map<Key, number>>()
  return {
    of: (transaction: VerifiedTransaction): number =>
      byPlace.get(claimedPlace(transaction))?.get(transaction.signer) ?? 0,
    change: (transaction: VerifiedTransaction, by: 1 | -1): void => {
      const place = claimedPlace(transaction)
      const { signer } = transaction
      const signers = byPlace.get(place) ?? new Map<Key, number>()
      const next = (signers.get(signer) ?? 0) + by
      if (next > 0) signers.set(signer, next)
      else signers.delete(signer)
      if (signers.size > 0) byPlace.set(place, signers)
      else byPlace.delete(place)
    },
  }
}

const claimedPlace = ({ body }: VerifiedTransaction): PlaceId | undefined => {
  const operation = body.kind === 'batch' ? body.operations[0] : body
  return operation !== undefined && 'place' in operation ? operation.place : undefined
}
