import { encodeBase64url } from '#text-encoding'
import { utf8 } from '../bytes.ts'
import type { Key, NetworkId } from '../id.ts'
import type { SignMessage } from '../signature.ts'
import type { Agreement } from './consent.ts'
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

/**
 * The compact JWS of a transaction. Sign one payment id once, keep the text and send it again: a
 * second signing of the same id is refused as `id_reused`.
 */
export const signTransaction = ({
  body,
  consents,
  ...signing
}: Signing & { readonly body: TransactionBody; readonly consents?: readonly string[] }): string =>
  signJws(signing, 'kermesse-tx+jwt', {
    ...claimsOf(signing),
    tx: body,
    ...(consents === undefined || consents.length === 0 ? {} : { consents }),
  })

/** The compact JWS of a consent to one payment id. */
export const signConsent = ({
  agree,
  ...signing
}: Signing & { readonly agree: Agreement }): string =>
  signJws(signing, 'kermesse-consent+jwt', { ...claimsOf(signing), agree })

const claimsOf = ({ networkId, exp, jti }: Signing) => ({ aud: networkId, exp, jti })

const signJws = ({ signerKey, sign }: Signing, typ: string, payload: object): string => {
  const message = `${encodeJson({ alg: 'EdDSA', kid: signerKey, typ })}.${encodeJson(payload)}`
  return `${message}.${encodeBase64url(sign(utf8(message)))}`
}

const encodeJson = (value: object): string => encodeBase64url(utf8(JSON.stringify(value)))
