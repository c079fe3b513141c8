import { buildBlock, type DroppedCandidate } from '#protocol/ledger/build-block.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { BlockInput } from '#protocol/ledger/execute-block.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { World } from '#test/support/ledger-builders.ts'
import type { Agenda } from '../agenda.ts'

/** A final block as every node gets it, with what it did where it was made. */
export type ChainBlock = BlockInput & {
  readonly events: readonly LedgerEvent[]
  readonly stateRoot: string
}

/**
 * The ledger that the authorities agree on: real rules and real blocks, and of agreement itself only
 * that a block needs a quorum of them. How they come to agree is what the other simulations are about.
 */
export type Chain = {
  readonly blocks: readonly ChainBlock[]
  /** Time of the newest block. */
  readonly timeMs: () => number
  /** What reached an authority. */
  readonly offer: (transaction: VerifiedTransaction) => void
  /** Somebody needs to know what time it is. */
  readonly ask: () => void
  /** So many authorities are up and hear each other. */
  readonly seat: (authorities: number) => void
  readonly isLive: () => boolean
}

type ChainParts = {
  readonly agenda: Agenda
  readonly world: World
  readonly quorum: number
  readonly heartbeatMs: number
  readonly onBlock: (block: ChainBlock) => void
}

/** From an offer to the block that holds it. */
const BLOCK_MS = 200
const ROOMY = { transactions: 4096, bytes: 524_288, isQuarantined: () => false }

export const createChain = (parts: ChainParts): Chain => {
  const { agenda, world, quorum, heartbeatMs, onBlock } = parts
  const blocks: ChainBlock[] = []
  const pool = new Map<string, VerifiedTransaction>()
  const startMs = world.nowMs()
  let height = world.height()
  let parentMs = startMs
  let seated = quorum
  let due = Number.POSITIVE_INFINITY

  const wallMs = (): number => startMs + agenda.nowMs()
  const arm = (inMs: number): void => {
    const atMs = agenda.nowMs() + inMs
    if (atMs >= due) return
    due = atMs
    agenda.at(atMs, () => {
      if (due === atMs) make()
    })
  }
  const make = (): void => {
    due = Number.POSITIVE_INFINITY
    if (seated < quorum) return
    const timestampMs = Math.max(parentMs + 1, wallMs())
    const frame = { height: height + 1, parentMs, timestampMs }
    const built = buildBlock(world.ledger, { ...frame, candidates: pool.values(), limits: ROOMY })
    if (!built.ok || built.poisonous.length > 0) throw new Error('a block broke an invariant')
    for (const { hash } of built.transactions) pool.delete(hash)
    for (const { transaction } of built.dropped.filter(isHopeless)) pool.delete(transaction.hash)
    const { transactions, events, stateRoot } = built
    const block = { ...frame, transactions, events, stateRoot }
    height += 1
    parentMs = timestampMs
    blocks.push(block)
    arm(heartbeatMs)
    onBlock(block)
  }
  arm(heartbeatMs)
  return {
    blocks,
    timeMs: () => parentMs,
    offer: (transaction) => {
      pool.set(transaction.hash, transaction)
      arm(BLOCK_MS)
    },
    ask: () => arm(BLOCK_MS),
    seat: (authorities) => {
      seated = authorities
      if (seated >= quorum) arm(BLOCK_MS)
    },
    isLive: () => seated >= quorum,
  }
}

/** Whoever offered it offers it again, if there is a reason to. */
const isHopeless = ({ code }: DroppedCandidate): boolean => code !== 'not_yet_valid'
