import { z } from 'zod'
import { utf8 } from '../bytes.ts'
import type { Header } from '../chain/header.ts'
import { Hash, hashOf } from '../hash.ts'
import { LARGE_TRANSACTION_BYTES_MAX } from '../limits.ts'
import type { VerifySignature } from '../signature.ts'
import { OUTCOME_LENGTH_MAX, TREE_DEPTH_MAX } from '../state/limits.ts'
import { rootOfTransactionPath, type TransactionPath } from '../state/transaction-tree.ts'
import { Finality, judgeFinality, type Trusted } from './finality.ts'
import { decodeNodes, encodeNodes, nodesText } from './proof-bytes.ts'
import { type Unproven, unproven } from './proof-code.ts'

/** Format of this receipt; a verifier refuses others. */
export const RECEIPT_FORMAT = 'kermesse-receipt-1'

/**
 * What a final block said of a transaction, for anyone to check without a node. Outcomes are open:
 * a verifier need not know a newer rule version's codes.
 */
export const Receipt = z.strictObject({
  format: z.literal(RECEIPT_FORMAT),
  /** SHA-256 of the transaction's full bytes. */
  hash: Hash,
  /** The transaction itself, if its holder wants it along. */
  transaction: z.string().max(LARGE_TRANSACTION_BYTES_MAX).exactOptional(),
  outcome: z
    .string()
    .max(OUTCOME_LENGTH_MAX)
    .regex(/^[a-z][a-z0-9_]*$/),
  /** Place in the block. */
  index: z.int().min(0),
  /** Siblings in the block's transaction tree, from the leaf upwards. */
  path: nodesText(TREE_DEPTH_MAX),
  finality: Finality,
})
export type Receipt = z.infer<typeof Receipt>

/** What a verified receipt says; `transaction` is its own text if it came along. */
export type ReceiptFacts = {
  readonly ok: true
  readonly hash: Hash
  readonly transaction: string | undefined
  readonly outcome: string
  readonly index: number
  readonly header: Header
}

export const receiptOf = (parts: {
  readonly transaction?: string
  readonly path: TransactionPath
  readonly finality: Finality
}): Receipt => {
  const { hash, outcome, index, path } = parts.path
  return {
    format: RECEIPT_FORMAT,
    hash,
    ...(parts.transaction !== undefined && { transaction: parts.transaction }),
    outcome,
    index,
    path: encodeNodes(path),
    finality: parts.finality,
  }
}

/** Whether `receipt`, of any origin, proves an outcome; otherwise the first check that fails. */
export const verifyReceipt = (
  receipt: unknown,
  trusted: Trusted,
  verify: VerifySignature,
): ReceiptFacts | Unproven => {
  const parsed = Receipt.safeParse(receipt)
  const path = parsed.success ? decodeNodes(parsed.data.path) : undefined
  if (!parsed.success || path === undefined) return unproven('proof_malformed')
  const { hash, transaction, outcome, index, finality } = parsed.data
  const final = judgeFinality(finality, trusted, verify)
  if (!final.ok) return final
  if (transaction !== undefined && hashOf(utf8(transaction)) !== hash) {
    return unproven('transaction_mismatch')
  }
  const { header } = final
  const root = rootOfTransactionPath({ hash, outcome, index, count: header.transactionCount, path })
  if (root !== header.transactionRoot) return unproven('transaction_path_invalid')
  return { ok: true, hash, transaction, outcome, index, header }
}
