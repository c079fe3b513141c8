import type { VerifyEffect } from '#consensus/effect.ts'
import { BLOCK_BODY_BYTES_MAX } from '#protocol/chain/chain-limits.ts'
import type { Hash } from '#protocol/hash.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { Fetcher } from '../sync/fetcher.ts'
import type { Executor } from './executor.ts'
import type { Ingress } from './ingress.ts'
import type { Mempool } from './mempool.ts'

/**
 * How long transactions of a proposal may still be on their way in a bundle before they are asked
 * for: longer than a bundle is gathered, far shorter than Δ.
 */
export const BODY_GRACE_MS = 6

/** `bad`: the list is not one an honest leader makes. `unavailable`: nobody had all of it. */
export type BodyResult = 'held' | 'bad' | 'unavailable'

/**
 * Bodies of proposed blocks, joined from transactions that are here already and those that must be
 * fetched. A body that is complete, with every signature checked, is handed to the executor.
 */
export type Bodies = {
  readonly obtain: (effect: VerifyEffect, done: (result: BodyResult) => void) => void
  /** Transactions or whole blocks came in: bodies that waited for them may be complete. */
  readonly onArrival: () => void
  /** Nobody asks for this block any more: nothing is answered about it. */
  readonly abandon: (digest: Hash) => void
}

type BodiesParts = {
  readonly mempool: Mempool
  readonly executor: Executor
  readonly ingress: Ingress
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly timers: Timers
  /** Peer names of authority indexes. */
  readonly peersOf: (indexes: readonly number[]) => readonly string[]
}

type Wanted = {
  readonly effect: VerifyEffect
  readonly hashes: readonly Hash[]
  /** The first of them that were here when that was last looked at. */
  readonly joined: VerifiedTransaction[]
  /** Everybody who asked while it was not there. */
  readonly done: ((result: BodyResult) => void)[]
}

export const createBodies = (parts: BodiesParts): Bodies => {
  const { mempool, executor, ingress, fetcher } = parts
  const waiting = new Map<Hash, Wanted>()

  const isWaiting = (wanted: Wanted): boolean => waiting.get(wanted.effect.digest) === wanted

  /** Stops waiting; false when the body was settled or abandoned before. */
  const drop = (wanted: Wanted): boolean => {
    const { digest } = wanted.effect
    if (!isWaiting(wanted)) return false
    waiting.delete(digest)
    parts.timers.clear(`body/${digest}`)
    fetcher.cancel({ type: 'transactions', digest, hashes: wanted.hashes })
    return true
  }

  const settle = (wanted: Wanted, result: BodyResult): void => {
    if (drop(wanted)) for (const done of wanted.done) done(result)
  }

  const tryJoin = (wanted: Wanted, extra: ReadonlyMap<Hash, VerifiedTransaction>): boolean => {
    const result = join(parts, wanted, extra)
    if (result !== undefined) settle(wanted, result)
    return result !== undefined
  }

  const fetchMissing = (wanted: Wanted): void => {
    const { digest, peers } = wanted.effect
    const hashes = wanted.hashes.filter((hash) => mempool.get(hash) === undefined)
    fetcher.fetch({ type: 'transactions', digest, hashes }, parts.peersOf(peers), (found) => {
      if (found?.type !== 'transactions') {
        settle(wanted, 'unavailable')
        return
      }
      ingress.verify(found.transactions, (verified) => {
        if (!isWaiting(wanted)) return
        if (verified === undefined) {
          settle(wanted, 'bad')
          return
        }
        const extra = new Map(verified.map((transaction) => [transaction.hash, transaction]))
        if (!tryJoin(wanted, extra)) settle(wanted, 'unavailable')
      })
    })
  }

  const obtain: Bodies['obtain'] = (effect, done) => {
    const { digest, body } = effect
    if (executor.holds(digest)) {
      done('held')
      return
    }
    const known = waiting.get(digest)
    if (known !== undefined) {
      known.done.push(done)
      return
    }
    if (body.from === 'held') throw new Error(`block ${digest} is not held`)
    const hashes = body.transactionHashes
    const wanted: Wanted = { effect, hashes, joined: [], done: [done] }
    waiting.set(digest, wanted)
    if (new Set(hashes).size < hashes.length) {
      settle(wanted, 'bad')
      return
    }
    if (tryJoin(wanted, NOTHING_ELSE)) return
    const atMs = parts.clock.monotonicMs() + BODY_GRACE_MS
    parts.timers.set(`body/${digest}`, atMs, () => fetchMissing(wanted))
  }

  return {
    obtain,
    onArrival: () => {
      for (const wanted of waiting.values()) tryJoin(wanted, NOTHING_ELSE)
    },
    abandon: (digest) => {
      const wanted = waiting.get(digest)
      if (wanted !== undefined) drop(wanted)
      fetcher.cancel({ type: 'block', digest })
      executor.forget(digest)
    },
  }
}

/** No transactions beside those of the mempool. */
const NOTHING_ELSE: ReadonlyMap<Hash, VerifiedTransaction> = new Map()

/** Holds the body if every transaction is here; undefined while some are missing. */
const join = (
  { mempool, executor }: Pick<BodiesParts, 'mempool' | 'executor'>,
  { effect: { header, digest }, hashes, joined }: Wanted,
  extra: ReadonlyMap<Hash, VerifiedTransaction>,
): BodyResult | undefined => {
  if (executor.holds(digest)) return 'held'
  for (let hash = hashes[joined.length]; hash !== undefined; hash = hashes[joined.length]) {
    const transaction = mempool.get(hash) ?? extra.get(hash)
    if (transaction === undefined) return undefined
    joined.push(transaction)
  }
  // A longer body could be neither stored nor fetched.
  const bytes = joined.reduce((sum, { size }) => sum + size, 0)
  if (bytes > BLOCK_BODY_BYTES_MAX) return 'bad'
  executor.hold({ header, digest, transactions: joined })
  return 'held'
}
