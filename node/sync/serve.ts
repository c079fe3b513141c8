import { utf8 } from '#protocol/bytes.ts'
import type { Block } from '#protocol/chain/block.ts'
import { BLOCK_BODY_BYTES_MAX, SEGMENT_BYTES_MAX } from '#protocol/chain/chain-limits.ts'
import type { FetchRequest, FetchResponse } from '#protocol/chain/fetch.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import type { Clock } from '../loop/ports.ts'
import type { PeerName } from '../network/network-port.ts'
import type { SnapshotKeeper } from './snapshot-keeper.ts'

/** Requests answered per peer and second; what is above is left unanswered and asked again. */
export const SERVED_PER_SECOND = 16
/** Bytes on their way to a peer from which on it gets no answer: its queue would drop the next one. */
export const SERVED_QUEUE_BYTES_MAX = 2 * 1_048_576
/** Bytes of blocks after which an answer to a catching-up node is full: well within one message. */
export const ANSWER_BYTES = SEGMENT_BYTES_MAX / 4
/** Peers whose budgets are remembered: every link a node may have. */
export const SERVED_PEERS_MAX = 2_048

export type ServeParts = {
  readonly clock: Clock
  readonly send: (peer: PeerName, response: FetchResponse) => void
  /** Bytes that wait to be sent to a peer. */
  readonly queuedBytes: (peer: PeerName) => number
  /** A block above the final one. */
  readonly executed: (digest: Hash) => Block | undefined
  readonly transactionText: (hash: Hash) => string | undefined
  readonly storedBlock: (digest: Hash, done: (block: Block | undefined) => void) => void
  readonly snapshot: SnapshotKeeper['serve']
  /** Final blocks from this height up with their finalizations, within the bounds of a segment. */
  readonly storedSegments: (
    fromHeight: number,
    done: (segments: readonly Segment[]) => void,
  ) => void
}

type TransactionsRequest = Extract<FetchRequest, { type: 'transactions' }>

/** Answers what other nodes ask for, each peer within its budget. */
export const createServer = (
  parts: ServeParts,
): ((from: PeerName, request: FetchRequest) => void) => {
  const isWithinBudget = createBudgets(parts.clock)

  const findBlock = (digest: Hash, done: (block: Block | undefined) => void): void => {
    const held = parts.executed(digest)
    if (held === undefined) parts.storedBlock(digest, done)
    else done(held)
  }

  /** What is final has left the mempool: then the block itself has the texts. */
  const sendTransactions = (from: PeerName, { id, digest, hashes }: TransactionsRequest): void => {
    const respond = (textOf: (hash: Hash) => string | undefined): void => {
      const transactions = withinBody(hashes.flatMap((hash) => textOf(hash) ?? []))
      parts.send(from, { id, type: 'transactions', transactions })
    }
    if (hashes.every((hash) => parts.transactionText(hash) !== undefined)) {
      respond(parts.transactionText)
      return
    }
    findBlock(digest, (block) => {
      const texts = new Map(block?.transactions.map((text) => [hashOf(utf8(text)), text]))
      respond((hash) => texts.get(hash) ?? parts.transactionText(hash))
    })
  }

  return (from, request) => {
    if (!isWithinBudget(from) || parts.queuedBytes(from) > SERVED_QUEUE_BYTES_MAX) return
    const { id } = request
    const absent = (): void => parts.send(from, { id, type: 'absent' })
    if (request.type === 'transactions') {
      sendTransactions(from, request)
    } else if (request.type === 'segments') {
      parts.storedSegments(request.fromHeight, (segments) => {
        if (segments.length === 0) absent()
        else parts.send(from, { id, type: 'segments', segments })
      })
    } else if (request.type !== 'block') {
      parts.snapshot(request, (response) => {
        if (response === undefined) absent()
        else parts.send(from, { id, ...response })
      })
    } else {
      findBlock(request.digest, (block) => {
        if (block === undefined) absent()
        else parts.send(from, { id, type: 'block', block })
      })
    }
  }
}

/** Requests a peer may still make in its present second. */
const createBudgets = (clock: Clock): ((peer: PeerName) => boolean) => {
  const budgets = new Map<PeerName, { windowMs: number; used: number }>()
  return (peer) => {
    const nowMs = clock.monotonicMs()
    const budget = budgets.get(peer)
    if (budget === undefined || nowMs - budget.windowMs >= 1_000) {
      if (budgets.size >= SERVED_PEERS_MAX) budgets.clear()
      budgets.set(peer, { windowMs: nowMs, used: 1 })
      return true
    }
    budget.used += 1
    return budget.used <= SERVED_PER_SECOND
  }
}

/** As many as one body holds: more than that is no block's. */
const withinBody = (texts: readonly string[]): readonly string[] => {
  let bytes = 0
  const end = texts.findIndex((text) => {
    bytes += text.length
    return bytes > BLOCK_BODY_BYTES_MAX
  })
  return end === -1 ? texts : texts.slice(0, end)
}
