import { idBytes } from '../id.ts'
import type { VerifySignature } from '../signature.ts'
import type { SignatureClaim, Transaction, VerifiedTransaction } from './envelope.ts'
import type { DoorCode } from './outcome.ts'
import type { ParsedTransaction } from './parse.ts'

/** Why a transaction that decodes is not authentic. */
export type SignatureFault = Extract<DoorCode, 'signature_invalid' | 'consent_invalid'>

/** Whether one claim holds. */
const holds = ({ key, message, signature }: SignatureClaim, verify: VerifySignature): boolean =>
  verify(signature, message, idBytes(key))

/** Checks every signature of one transaction; the first that fails decides. */
export const verifyTransaction = (
  parsed: ParsedTransaction,
  verify: VerifySignature,
): VerifiedTransaction | SignatureFault =>
  judgeSignatures(
    parsed,
    parsed.claims.map((claim) => holds(claim, verify)),
  )

/** Each of many transactions by itself, answers in the order given. */
export const verifyAll = (
  parsed: readonly ParsedTransaction[],
  verify: VerifySignature,
): readonly (VerifiedTransaction | SignatureFault)[] =>
  parsed.map((each) => verifyTransaction(each, verify))

/**
 * What follows from signature checks made elsewhere (in a worker): one answer a claim, in the order
 * of the claims. Another number of answers is our mistake.
 */
export const judgeSignatures = (
  { transaction, claims }: ParsedTransaction,
  held: readonly boolean[],
): VerifiedTransaction | SignatureFault => {
  if (held.length !== claims.length)
    throw new Error(`${claims.length} claims, ${held.length} answers`)
  if (isVerified(transaction, held)) return transaction
  return held[0] === true ? 'consent_invalid' : 'signature_invalid'
}

/** The only maker of a verified transaction. */
const isVerified = (
  transaction: Transaction,
  held: readonly boolean[],
): transaction is VerifiedTransaction => held.every((each) => each)
