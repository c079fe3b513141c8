import type { NetworkId } from '#protocol/id.ts'
import { idBytes } from '#protocol/id.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { DoorCode } from '#protocol/transaction/outcome.ts'
import { type ParsedTransaction, parseTransaction } from '#protocol/transaction/parse.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { signParsed } from '#protocol/transaction/sign-parsed.ts'
import { judgeSignatures } from '#protocol/transaction/verify.ts'
import type { Signer } from './key-ring.ts'

/** A consent that this process signs, by a card whose secret it was handed. */
export type OwnConsent = { readonly by: Signer; readonly agree: Agreement }

export type OwnDraft = {
  readonly id: PaymentId
  readonly body: TransactionBody
  readonly signer: Signer
  /** Seconds since the epoch. */
  readonly exp: number
  readonly own: readonly OwnConsent[]
  /** Consents that others signed, as they came. */
  readonly foreign: readonly string[]
}

export type OwnSigned =
  | { readonly ok: true; readonly transaction: VerifiedTransaction }
  | { readonly ok: false; readonly code: DoorCode }

/**
 * Signs a transaction and its own consents. The bytes are this process's alone until somebody hands
 * them on. What others signed in it is checked here like anything from outside.
 */
export const signOwn = (
  { id, body, signer, exp, own, foreign }: OwnDraft,
  { networkId, verify }: { readonly networkId: NetworkId; readonly verify: VerifySignature },
): OwnSigned => {
  const { signerKey, sign } = signer
  const consents = own.map(({ by, agree }) => ({ signerKey: by.signerKey, sign: by.sign, agree }))
  const signing = { networkId, exp, jti: id, signerKey, sign, body }
  const all = () => [...consents.map((one) => signConsent({ ...signing, ...one })), ...foreign]
  const parsed =
    foreign.length === 0
      ? signParsed({ ...signing, consents })
      : parseTransaction(signTransaction({ ...signing, consents: all() }), networkId)
  if (!parsed.ok) return parsed
  const transaction = trustOwn(parsed, { own: 1 + own.length, verify })
  return typeof transaction === 'string'
    ? { ok: false, code: transaction }
    : { ok: true, transaction }
}

/** The first `own` signatures were made in this process a moment ago; the others are checked. */
const trustOwn = (
  parsed: ParsedTransaction,
  { own, verify }: { readonly own: number; readonly verify: VerifySignature },
): VerifiedTransaction | DoorCode =>
  judgeSignatures(
    parsed,
    parsed.claims.map(
      ({ key, message, signature }, index) =>
        index < own || verify(signature, message, idBytes(key)),
    ),
  )
