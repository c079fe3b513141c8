import { z } from 'zod'
import type { Hash } from '../hash.ts'
import { Key, NetworkId } from '../id.ts'
import { OPERATOR_CONSENTS_MAX } from '../limits.ts'
import { Agreement } from './consent.ts'
import { TransactionBody } from './kinds/transaction-body.ts'
import { PaymentId } from './payment-id.ts'

/** Seconds since the epoch, as JWT's NumericDate (RFC 7519) without fractions. */
export const ExpirySeconds = z.int().min(0).max(9_999_999_999)

/** The protected header of a transaction: exactly these three members (RFC 7515, RFC 8037). */
export const TransactionHeader = z.strictObject({
  alg: z.enum(['EdDSA', 'Ed25519']),
  kid: Key,
  typ: z.literal('kermesse-tx+jwt'),
})

/** The protected header of a consent. */
export const ConsentHeader = z.strictObject({
  alg: z.enum(['EdDSA', 'Ed25519']),
  kid: Key,
  typ: z.literal('kermesse-consent+jwt'),
})

/** What is signed in a transaction. `exp` ≤ block time makes it expired. */
export const TransactionPayload = z.strictObject({
  aud: NetworkId,
  exp: ExpirySeconds,
  jti: PaymentId,
  tx: TransactionBody,
  consents: z.array(z.string()).min(1).max(OPERATOR_CONSENTS_MAX).optional(),
})

/** What is signed in a consent. */
export const ConsentPayload = z.strictObject({
  aud: NetworkId,
  exp: ExpirySeconds,
  jti: PaymentId,
  agree: Agreement,
})

/** One Ed25519 check still to be made. */
export type SignatureClaim = {
  readonly key: Key
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** A consent that decodes and belongs to its transaction (same network and payment id). */
export type Consent = {
  readonly signer: Key
  readonly expMs: number
  readonly agree: Agreement
}

/** A transaction that decodes under the schema of its kind. Its signatures are still claims. */
export type Transaction = {
  readonly text: string
  readonly hash: Hash
  /** Length of the text in bytes, counted against a block's budget. */
  readonly size: number
  readonly signer: Key
  readonly jti: PaymentId
  readonly expMs: number
  readonly body: TransactionBody
  readonly consents: readonly Consent[]
}

/** Marks what passed every signature check; the ledger and consensus accept nothing else. */
declare const verified: unique symbol
export type Verified<T> = T & { readonly [verified]: true }
export type VerifiedTransaction = Verified<Transaction>
