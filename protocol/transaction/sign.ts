import { asciiBytes, encodeBase64url, encodeBase64urlText } from '#text-encoding'
import type { Key, NetworkId } from '../id.ts'
import type { SignMessage } from '../signature.ts'
import type { Agreement } from './consent.ts'
import type { SignatureClaim } from './envelope.ts'
import type { TransactionBody } from './kinds/transaction-body.ts'
import type { PaymentId } from './payment-id.ts'

/** Who signs, for which network and payment id, until when. */
export type Signing = {
  readonly networkId: NetworkId
  readonly signerKey: Key
  readonly sign: SignMessage
  /** Seconds since the epoch; from then on the text is worth nothing. */
  readonly exp: number
  readonly jti: PaymentId
}

export type TransactionSigning = Signing & {
  readonly body: TransactionBody
  readonly consents?: readonly string[]
}
export type ConsentSigning = Signing & { readonly agree: Agreement }

/** A compact JWS, and the claim that whoever reads it has to check. */
export type SignedJws = { readonly text: string; readonly claim: SignatureClaim }

/**
 * The compact JWS of a transaction. Sign one payment id once, keep the text and send it again: a
 * second signing of the same id is refused as `id_reused`.
 */
export const signTransaction = (signing: TransactionSigning): string =>
  signJws(signing, 'kermesse-tx+jwt', transactionPayload(signing)).text

/** The compact JWS of a consent to one payment id. */
export const signConsent = (signing: ConsentSigning): string =>
  signJws(signing, 'kermesse-consent+jwt', consentPayload(signing)).text

type Claims = Pick<Signing, 'networkId' | 'exp' | 'jti'>

/** What is signed in a transaction. */
export const transactionPayload = ({
  networkId,
  exp,
  jti,
  body,
  consents = [],
}: Claims & Pick<TransactionSigning, 'body' | 'consents'>) => {
  const payload = { aud: networkId, exp, jti, tx: body }
  return consents.length === 0 ? payload : { ...payload, consents }
}

/** What is signed in a consent. */
export const consentPayload = ({
  networkId,
  exp,
  jti,
  agree,
}: Claims & Pick<ConsentSigning, 'agree'>) => ({ aud: networkId, exp, jti, agree })

/** Signs a payload under a protected header of this `typ`. */
export const signJws = (
  { signerKey, sign }: Pick<Signing, 'signerKey' | 'sign'>,
  typ: string,
  payload: object,
): SignedJws => {
  const signed = `${encodeJson({ alg: 'EdDSA', kid: signerKey, typ })}.${encodeJson(payload)}`
  const message = asciiBytes(signed)
  const signature = sign(message)
  return {
    text: `${signed}.${encodeBase64url(signature)}`,
    claim: { key: signerKey, message, signature },
  }
}

const encodeJson = (value: object): string => encodeBase64urlText(JSON.stringify(value))
