import { type Hash, hashOfText } from '../hash.ts'
import { createTransactionTree, type TransactionOutcome } from '../state/transaction-tree.ts'
import { Outcome } from '../transaction/outcome.ts'
import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { BLOCK_BODY_BYTES_MAX, BLOCK_TRANSACTIONS_MAX } from './chain-limits.ts'
import { type Decoded, decodeWith } from './decoded.ts'
import { HEADER_BYTES, type Header, headerDigest, readHeader, writeHeader } from './header.ts'

/**
 * A header with its body: the compact JWS texts of its transactions, in order, and what became of
 * each. The outcomes are there so that a body can be held against its header without executing it:
 * a difference that execution then finds is ours, never the sender's.
 */
export type Block = {
  readonly header: Header
  /** `headerDigest(header)`, computed once. */
  readonly digest: Hash
  readonly transactions: readonly string[]
  /** `applied` or a refusal code, one a transaction. */
  readonly outcomes: readonly Outcome[]
}

/** Whether the body is the one that the header's transaction root commits to. */
export const bodyMatches = (block: Block): boolean => hashesOfBody(block) !== undefined

/** The hashes of the transactions, in order, if the body is the one that the header commits to. */
export const hashesOfBody = ({
  header,
  transactions,
  outcomes,
}: Block): readonly Hash[] | undefined => {
  if (transactions.length !== header.transactionCount) return undefined
  const entries: TransactionOutcome[] = []
  for (const text of transactions) {
    const outcome = outcomes[entries.length]
    if (outcome === undefined) return undefined
    entries.push({ hash: hashOfText(text), outcome })
  }
  const matches = createTransactionTree(entries).root() === header.transactionRoot
  return matches ? entries.map(({ hash }) => hash) : undefined
}

/** Bytes of a body: the sum of its transactions' lengths. */
export const bodyBytes = (transactions: readonly string[]): number =>
  transactions.reduce((sum, text) => sum + text.length, 0)

/**
 * Header (266), then for each transaction its length (u32), its ASCII bytes, the length of its
 * outcome (u8) and that in ASCII.
 */
export const encodeBlock = (block: Block): Uint8Array => {
  const writer = new ByteWriter(encodedBlockLength(block))
  writeBlock(writer, block)
  return writer.finish()
}

/** Bytes that `encodeBlock` gives. */
export const encodedBlockLength = (block: Block): number =>
  HEADER_BYTES +
  5 * block.transactions.length +
  bodyBytes(block.transactions) +
  bodyBytes(block.outcomes)

/** The body is not held against the header here: see `bodyMatches`. */
export const decodeBlock = (bytes: Uint8Array): Decoded<Block> => decodeWith(bytes, readBlock)

export const writeBlock = (writer: ByteWriter, block: Block): void => {
  writeHeader(writer, block.header)
  let index = 0
  for (const text of block.transactions) {
    const outcome = block.outcomes[index] ?? ''
    writer.u32(text.length).ascii(text).u8(outcome.length).ascii(outcome)
    index += 1
  }
}

export const readBlock = (reader: ByteReader): Block => {
  const header = readHeader(reader)
  if (header.transactionCount > BLOCK_TRANSACTIONS_MAX) reader.fail('out_of_range')
  const transactions: string[] = []
  const outcomes: Outcome[] = []
  let budget = BLOCK_BODY_BYTES_MAX
  while (!reader.failed && transactions.length < header.transactionCount) {
    const length = reader.u32Max(budget)
    if (length === 0) reader.fail('out_of_range')
    transactions.push(reader.ascii(length))
    outcomes.push(readOutcome(reader))
    budget -= length
  }
  return { header, digest: headerDigest(header), transactions, outcomes }
}

/** One text for every occurrence of an outcome. */
const OUTCOMES: ReadonlyMap<string, Outcome> = new Map(
  Outcome.options.map((outcome) => [outcome, outcome]),
)

const readOutcome = (reader: ByteReader): Outcome => {
  const outcome = OUTCOMES.get(reader.ascii(reader.u8()))
  if (outcome === undefined) reader.fail('unknown_format')
  return outcome ?? 'applied'
}
