import { hashOfText } from '../hash.ts'
import type { Consent } from './envelope.ts'
import type { TransactionBody } from './kinds/transaction-body.ts'
import {
  type ParsedTransaction,
  readConsentPayload,
  readTransactionPayload,
  readyIn,
  type TransactionFault,
  tooManyConsents,
} from './parse.ts'
import {
  type ConsentSigning,
  consentPayload,
  type SignedJws,
  type Signing,
  signJws,
  transactionPayload,
} from './sign.ts'
import { sizeMaxOf } from './size.ts'

/** Who agrees to a transaction of this process, until it expires itself. */
export type OwnAgreement = Pick<ConsentSigning, 'signerKey' | 'sign' | 'agree'>

/** A transaction to be signed, with the consents that are signed in the same process. */
export type OwnSigning = Signing & {
  readonly body: TransactionBody
  readonly consents: readonly OwnAgreement[]
}

/**
 * Signs a transaction and says of it what `parseTransaction` would say of its text, faults in the same
 * order. What is signed is held against its limit and its schemas as there; what was encoded a moment
 * ago is not decoded again.
 */
export const signParsed = (signing: OwnSigning): ParsedTransaction | TransactionFault => {
  const { networkId, exp, jti, signerKey, body } = signing
  const agreed = signing.consents.map((own) => signOwnConsent(own, signing))
  const consents = agreed.map((each) => each.text)
  const payload = transactionPayload({ networkId, exp, jti, body, consents })
  const { text, claim } = signJws(signing, 'kermesse-tx+jwt', payload)
  const sizeMax = sizeMaxOf(body.kind)
  if (text.length > sizeMax) return fault('too_large', `longer than ${sizeMax} bytes`)
  const parsed = readTransactionPayload(payload)
  if (!parsed.success) return fault('malformed', parsed.error.message)
  const crowded = tooManyConsents(parsed.data)
  if (crowded !== undefined) return crowded
  if (!agreed.every((each) => each.isValid)) return fault('malformed', 'a consent is not valid')
  const ready = readyIn(parsed.data)
  if ('ok' in ready) return ready
  return {
    ok: true,
    transaction: {
      text,
      hash: hashOfText(text),
      size: text.length,
      signer: signerKey,
      jti,
      expMs: exp * 1_000,
      body: parsed.data.tx,
      consents: agreed.map((each) => each.consent),
    },
    claims: [claim, ...agreed.map((each) => each.claim), ...ready.claims],
  }
}

type OwnConsent = SignedJws & { readonly consent: Consent; readonly isValid: boolean }

const signOwnConsent = (
  own: OwnAgreement,
  { networkId, exp, jti }: Pick<Signing, 'networkId' | 'exp' | 'jti'>,
): OwnConsent => {
  const { signerKey, agree } = own
  const payload = consentPayload({ networkId, exp, jti, agree })
  const { text, claim } = signJws(own, 'kermesse-consent+jwt', payload)
  const isValid = readConsentPayload(payload).success
  return { text, claim, consent: { signer: signerKey, expMs: exp * 1_000, agree }, isValid }
}

const fault = (code: TransactionFault['code'], detail: string): TransactionFault => ({
  ok: false,
  code,
  detail,
})
