import { type Block, decodeBlock, encodeBlock } from '#protocol/chain/block.ts'
import { type Header, headerDigest } from '#protocol/chain/header.ts'
import { beginBlock } from '#protocol/ledger/block-work.ts'
import { createTransactionTree } from '#protocol/state/transaction-tree.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import { medianOf } from '../median.ts'
import type { GrownMemory } from './grown-memory.ts'

/** Microseconds a payment of the steps that a node takes with each, apart from network and disk. */
export type Costs = {
  /** Text to a transaction: JWS and strict schema. */
  readonly decodeUs: number
  /** Its one signature. */
  readonly checkUs: number
  /** The rules, and the invariants of its block. */
  readonly applyUs: number
  /** What it changed as text, leaves, trees, and the state root. */
  readonly stateRootUs: number
  readonly transactionRootUs: number
  readonly encodeBlockUs: number
  readonly decodeBlockUs: number
  /** Of the text, as blocks hold it. */
  readonly bytesPerTransaction: number
}

/** Medians of so many rounds; the steps take turns, so that what else the machine does meets them all. */
export const measureCosts = (
  memory: GrownMemory,
  { rounds, blocksPerRound }: { readonly rounds: number; readonly blocksPerRound: number },
): Costs => {
  const measured: Costs[] = []
  for (let round = 0; round < rounds; round++) {
    const blocks = Array.from({ length: blocksPerRound }, () => costsOfBlock(memory))
    measured.push(middleOf(blocks))
  }
  return middleOf(measured)
}

const middleOf = (all: readonly Costs[]): Costs => {
  const of = (name: keyof Costs): number => medianOf(all.map((costs) => costs[name]))
  return {
    decodeUs: of('decodeUs'),
    checkUs: of('checkUs'),
    applyUs: of('applyUs'),
    stateRootUs: of('stateRootUs'),
    transactionRootUs: of('transactionRootUs'),
    encodeBlockUs: of('encodeBlockUs'),
    decodeBlockUs: of('decodeBlockUs'),
    bytesPerTransaction: of('bytesPerTransaction'),
  }
}

/** Checks are the dearest step by far: some of the block's are as good as all. */
const CHECKED = 100

const costsOfBlock = (memory: GrownMemory): Costs => {
  const { transactions, frame } = memory.nextBlock()
  const count = transactions.length
  const texts = transactions.map(({ text }) => text)
  const decoded = timed(count, () => texts.map((text) => parsed(text, memory)))
  const checked = timed(CHECKED, () => {
    for (const each of decoded.value.slice(0, CHECKED)) {
      if (typeof verifyTransaction(each, verifySignature) === 'string') throw new Error('forged')
    }
  })
  const work = beginBlock(memory.ledger, frame)
  const applied = timed(count, () => {
    for (const transaction of transactions) work.step(transaction)
    if (work.check() !== undefined) throw new Error('an invariant broke')
  })
  const sealed = timed(count, work.seal)
  const outcomes = work.events.map(({ outcome }) => outcome)
  if (outcomes.length !== count || outcomes.some((outcome) => outcome !== 'applied')) {
    throw new Error('a payment was not applied')
  }
  const entries = transactions.map(({ hash }) => ({ hash, outcome: 'applied' }))
  const rooted = timed(count, () => createTransactionTree(entries).root())
  const block = blockOf(memory.header, { transactions, outcomes })
  const encoded = timed(count, () => encodeBlock(block))
  const back = timed(count, () => decodeBlock(encoded.value))
  if (!back.value.ok) throw new Error('a block does not decode')
  return {
    decodeUs: decoded.us,
    checkUs: checked.us,
    applyUs: applied.us,
    stateRootUs: sealed.us,
    transactionRootUs: rooted.us,
    encodeBlockUs: encoded.us,
    decodeBlockUs: back.us,
    bytesPerTransaction: encoded.value.length / count,
  }
}

const parsed = (text: string, { networkId }: GrownMemory) => {
  const result = parseTransaction(text, networkId)
  if (!result.ok) throw new Error(result.detail)
  return result
}

const blockOf = (
  header: Header,
  {
    transactions,
    outcomes,
  }: {
    readonly transactions: readonly VerifiedTransaction[]
    readonly outcomes: Block['outcomes']
  },
): Block => {
  const counted = { ...header, transactionCount: transactions.length }
  const digest = headerDigest(counted)
  return { header: counted, digest, transactions: transactions.map(({ text }) => text), outcomes }
}

const timed = <T>(count: number, act: () => T): { readonly value: T; readonly us: number } => {
  const startMs = performance.now()
  const value = act()
  return { value, us: ((performance.now() - startMs) * 1_000) / count }
}
