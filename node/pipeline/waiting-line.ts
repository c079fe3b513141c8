import type { Hash } from '#protocol/hash.ts'
import type { Key, PlaceId } from '#protocol/id.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'

/**
 * How many wait of one signer acting for one place. That the signer may act for the place is unproven
 * until a block is built, so a liar fills only a share of its own.
 */
export type Share = {
  readonly place: PlaceId | undefined
  readonly signer: Key
  waiting: number
}

/** A transaction of the mempool, with its neighbours in the line while it waits. */
export type Held = {
  readonly transaction: VerifiedTransaction
  /** Where it is counted while it waits. */
  share: Share | undefined
  older: Held | undefined
  younger: Held | undefined
}

export const createHeld = (transaction: VerifiedTransaction): Held => ({
  transaction,
  share: undefined,
  older: undefined,
  younger: undefined,
})

/**
 * Those that wait, oldest first: linked, so that each comes, and leaves from wherever it is, in one step
 * and without another search by its hash.
 */
export type WaitingLine = {
  readonly shareOf: (transaction: VerifiedTransaction) => Share
  readonly append: (entry: Held, share: Share) => void
  /** Before all others, unless it waits already. */
  readonly prepend: (entry: Held) => void
  /** False when it did not wait. */
  readonly leave: (entry: Held) => boolean
  /** The line must not change meanwhile. */
  readonly all: () => Iterable<VerifiedTransaction>
  readonly length: () => number
  /** Those whose `exp` is at or before this time. */
  readonly expired: (timeMs: number) => readonly Hash[]
}

export const createWaitingLine = (): WaitingLine => {
  const shares = createShares()
  let oldest: Held | undefined
  let youngest: Held | undefined
  let length = 0
  /** Nothing that waits ends before. */
  let earliestExpiryMs = Number.POSITIVE_INFINITY

  const count = (entry: Held, share: Share): void => {
    shares.enter(share)
    entry.share = share
    length += 1
    earliestExpiryMs = Math.min(earliestExpiryMs, entry.transaction.expMs)
  }

  const append = (entry: Held, share: Share): void => {
    entry.older = youngest
    if (youngest === undefined) oldest = entry
    else youngest.younger = entry
    youngest = entry
    count(entry, share)
  }

  const prepend = (entry: Held): void => {
    if (entry.share !== undefined) return
    entry.younger = oldest
    if (oldest === undefined) youngest = entry
    else oldest.older = entry
    oldest = entry
    count(entry, shares.of(entry.transaction))
  }

  const leave = (entry: Held): boolean => {
    const { share, older, younger } = entry
    if (share === undefined) return false
    shares.leave(share)
    length -= 1
    if (older === undefined) oldest = younger
    else older.younger = younger
    if (younger === undefined) youngest = older
    else younger.older = older
    entry.share = undefined
    entry.older = undefined
    entry.younger = undefined
    return true
  }

  function* all(): Generator<VerifiedTransaction> {
    for (let entry = oldest; entry !== undefined; entry = entry.younger) yield entry.transaction
  }

  const expired = (timeMs: number): readonly Hash[] => {
    const hashes: Hash[] = []
    if (timeMs < earliestExpiryMs) return hashes
    earliestExpiryMs = Number.POSITIVE_INFINITY
    for (const { hash, expMs } of all()) {
      if (expMs <= timeMs) hashes.push(hash)
      else earliestExpiryMs = Math.min(earliestExpiryMs, expMs)
    }
    return hashes
  }

  return { shareOf: shares.of, append, prepend, leave, all, length: () => length, expired }
}

const createShares = () => {
  const byPlace = new Map<PlaceId | undefined, Map<Key, Share>>()
  return {
    of: (transaction: VerifiedTransaction): Share => {
      const place = claimedPlace(transaction)
      const { signer } = transaction
      return byPlace.get(place)?.get(signer) ?? { place, signer, waiting: 0 }
    },
    enter: (share: Share): void => {
      share.waiting += 1
      if (share.waiting > 1) return
      const signers = byPlace.get(share.place)
      if (signers === undefined) byPlace.set(share.place, new Map([[share.signer, share]]))
      else signers.set(share.signer, share)
    },
    leave: (share: Share): void => {
      share.waiting -= 1
      if (share.waiting > 0) return
      const signers = byPlace.get(share.place)
      signers?.delete(share.signer)
      if (signers?.size === 0) byPlace.delete(share.place)
    },
  }
}

const claimedPlace = ({ body }: VerifiedTransaction): PlaceId | undefined => {
  const operation = body.kind === 'batch' ? body.operations[0] : body
  return operation !== undefined && 'place' in operation ? operation.place : undefined
}
