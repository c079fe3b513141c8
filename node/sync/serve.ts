import { utf8 } from '#protocol/bytes.ts'
import type { Block } from '#protocol/chain/block.ts'
import type { FetchRequest, FetchResponse } from '#protocol/chain/fetch.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import type { Clock } from '../loop/ports.ts'
import type { PeerName } from '../network/network-port.ts'

/** Requests answered per peer and second; what is above is left unanswered and asked again. */
export const SERVED_PER_SECOND = 16
/** Peers whose budgets are remembered. */
const SERVED_PEERS_MAX = 256

export type ServeParts = {
  readonly clock: Clock
  readonly send: (peer: PeerName, response: FetchResponse) => void
  /** A block above the final one. */
  readonly executed: (digest: Hash) => Block | undefined
  readonly transactionText: (hash: Hash) => string | undefined
  readonly storedBlock: (digest: Hash, done: (block: Block | undefined) => void) => void
  /** Final blocks from this height up with their finalizations, within the bounds of a segment. */
  readonly storedSegments: (
    fromHeight: number,
    done: (segments: readonly Segment[]) => void,
  ) => void
}

/** Answers what other nodes ask for, each peer within its budget. */
export const createServer = (
  parts: ServeParts,
): ((from: PeerName, request: FetchRequest) => void) => {
  const budgets = new Map<PeerName, { windowMs: number; used: number }>()

  const isWithinBudget = (peer: PeerName): boolean => {
    const nowMs = parts.clock.monotonicMs()
    const budget = budgets.get(peer)
    if (budget === undefined || nowMs - budget.windowMs >= 1_000) {
      if (budgets.size >= SERVED_PEERS_MAX) budgets.clear()
      budgets.set(peer, { windowMs: nowMs, used: 1 })
      return true
    }
    budget.used += 1
    return budget.used <= SERVED_PER_SECOND
  }

  const sendBlock = (from: PeerName, id: number, block: Block | undefined): void =>
    parts.send(from, block === undefined ? { id, type: 'absent' } : { id, type: 'block', block })

  /** From the mempool, or from the block itself once its transactions have left the mempool. */
  const sendTransactions = (
    from: PeerName,
    { id, digest, hashes }: Extract<FetchRequest, { readonly type: 'transactions' }>,
  ): void => {
    const transactions = hashes.flatMap((hash) => parts.transactionText(hash) ?? [])
    if (transactions.length === hashes.length) {
      parts.send(from, { id, type: 'transactions', transactions })
      return
    }
    findBlock(digest, (block) =>
      parts.send(from, { id, type: 'transactions', transactions: textsIn(block, hashes) }),
    )
  }

  const findBlock = (digest: Hash, done: (block: Block | undefined) => void): void => {
    const held = parts.executed(digest)
    if (held !== undefined) done(held)
    else parts.storedBlock(digest, done)
  }

  return (from, request) => {
    if (!isWithinBudget(from)) return
    const { id } = request
    if (request.type === 'transactions') {
      sendTransactions(from, request)
      return
    }
    if (request.type === 'segments') {
      parts.storedSegments(request.fromHeight, (segments) => {
        if (segments.length === 0) parts.send(from, { id, type: 'absent' })
        else parts.send(from, { id, type: 'segments', segments })
      })
      return
    }
    findBlock(request.digest, (block) => sendBlock(from, id, block))
  }
}

const textsIn = (block: Block | undefined, hashes: readonly Hash[]): readonly string[] => {
  const wanted = new Set(hashes)
  return (block?.transactions ?? []).filter((text) => wanted.has(hashOf(utf8(text))))
}
