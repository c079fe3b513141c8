import { hexToBytes } from '@noble/hashes/utils.js'
import { bech32m } from '@scure/base'
import { v7 } from 'uuid'
import { sha256HexOfText } from '#digest'
import type { Key } from '#protocol/id.ts'
import { SEED_BYTES } from '#protocol/signature.ts'
import { CARD_SECRET_BYTES, cardKeyOf } from '#protocol/transaction/card-key.ts'
import { signJws } from '#protocol/transaction/sign.ts'
import { keyPairOf } from '#signature'
import { decodeBase64url, decodeBase64urlText } from '#text-encoding'
import type { Credential } from './credential.ts'
import { clientError } from './error.ts'
import { lapseSeconds } from './id-life.ts'
import { isObject, objectIn } from './json.ts'
import {
  ID_VALIDITY_MS,
  REQUEST_LIFE_SECONDS,
  REQUEST_MARGIN_SECONDS,
  SIGNED_VALIDITY_SECONDS,
} from './limits.ts'
import type { Agreement, TransactionBody } from './wire.ts'

/** A till that signs for itself: its key, and in whose name it acts. */
export type TillSigner = {
  /** The network that every signature names: the genesis' hash, `net1…`. Pin it, do not ask for it. */
  readonly network: string
  readonly place: string
  /** The grant of the place to this key; absent only for the place key itself. */
  readonly grant?: string
  /** The public key, `key1…`. */
  readonly key: string
  /** Ed25519 (RFC 8032) over these bytes, by that key. */
  readonly sign: (message: Uint8Array) => Uint8Array
}

/** A signer whose key grows from 32 secret bytes, which are kept in memory. */
export const signerOfSeed = (
  seed: Uint8Array,
  acting: Pick<TillSigner, 'network' | 'place' | 'grant'>,
): TillSigner => {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed of ${seed.length} bytes`)
  const { publicKey, sign } = keyPairOf(seed)
  return { ...acting, key: identifierOf('key', publicKey), sign }
}

/**
 * Proves who asks by signing each request for one node alone. `node`: its peer id, as
 * `GET /v1/network` tells it. Each attempt is signed anew.
 */
export const signedRequests =
  (signer: Pick<TillSigner, 'key' | 'sign' | 'grant'>, node: string): Credential =>
  ({ method, path, body, nowMs }) => {
    const iat = Math.floor(nowMs / 1_000) - REQUEST_MARGIN_SECONDS
    const payload = {
      ...{ aud: node, method, path },
      ...(body !== undefined && { body: sha256HexOfText(body) }),
      ...(signer.grant !== undefined && { grant: signer.grant }),
      ...{ iat, exp: iat + REQUEST_LIFE_SECONDS, jti: v7() },
    }
    return { authorization: `JWS ${signedBy(signer, 'kermesse-request+jwt', payload)}` }
  }

/** Which payment is signed, and until when that is worth something. */
type Signing = { readonly id: string; readonly nowMs: number }

/** The one signed text of a transaction. Sign an id once, and send the same text again. */
export const signedTransaction = (
  signer: TillSigner,
  {
    id,
    nowMs,
    validityMs = ID_VALIDITY_MS,
  }: Signing & { readonly validityMs?: number | undefined },
  {
    body,
    consents = [],
  }: { readonly body: TransactionBody; readonly consents?: readonly string[] },
): string => {
  // A cancellation lives as long as its id, or its end would say nothing of the payment.
  const exp = body.kind === 'payment.cancel' ? lapseSeconds(id, { validityMs }) : expiryAfter(nowMs)
  const payload = { aud: signer.network, exp, jti: id, tx: body }
  const signed = consents.length === 0 ? payload : { ...payload, consents }
  return signedBy(signer, 'kermesse-tx+jwt', signed)
}

/**
 * Uses an id up. Its `exp` is when the id lapses, and never before that of the payment: a shorter one
 * could end while the payment still takes effect.
 */
export const signedCancellation = (
  signer: TillSigner,
  id: string,
  life: { readonly validityMs: number; readonly text?: string | undefined },
): string => {
  const { network, place, grant } = signer
  const tx = { kind: 'payment.cancel', place, ...(grant !== undefined && { grant }) }
  const payload = { aud: network, exp: lapseSeconds(id, life), jti: id, tx }
  return signedBy(signer, 'kermesse-tx+jwt', payload)
}

/** What a card with a secret agrees to, in its own signature; and the card's id. */
export const cardConsent = (
  secret: string,
  { id, nowMs }: Signing,
  { network, agree }: { readonly network: string; readonly agree: Agreement },
): { readonly card: string; readonly consent: string } => {
  const bytes = secretBytesIn(secret)
  if (bytes === undefined) throw clientError('secret_malformed', { retryable: false, id })
  const seed = cardKeyOf(bytes)
  const { publicKey, sign } = keyPairOf(seed)
  const payload = { aud: network, exp: expiryAfter(nowMs), jti: id, agree }
  const key = identifierOf('key', publicKey)
  const consent = signedBy({ key, sign }, 'kermesse-consent+jwt', payload)
  seed.fill(0)
  bytes.fill(0)
  return { card: identifierOf('crd', publicKey), consent }
}

/** The card that a secret is of. */
export const cardOfSecret = (secret: string): string => {
  const bytes = secretBytesIn(secret)
  if (bytes === undefined) throw clientError('secret_malformed', { retryable: false })
  return identifierOf('crd', keyPairOf(cardKeyOf(bytes)).publicKey)
}

/** What a signed transaction does, as JSON, or undefined when it is none. */
export const bodyTextIn = (text: string): string | undefined => {
  const payload = objectIn(decodeBase64urlText(text.split('.', 2)[1] ?? '') ?? '')
  return isObject(payload?.['tx']) ? JSON.stringify(payload['tx']) : undefined
}

/** The payment id that a signed transaction names, or undefined. */
export const idInText = (text: string): string | undefined => {
  const id = objectIn(decodeBase64urlText(text.split('.', 2)[1] ?? '') ?? '')?.['jti']
  return typeof id === 'string' ? id : undefined
}

const signedBy = (
  { key, sign }: Pick<TillSigner, 'key' | 'sign'>,
  type: string,
  payload: object,
): string => {
  if (!isKey(key)) throw new RangeError(`not a public key: ${key}`)
  return signJws({ signerKey: key, sign }, type, payload).text
}

const expiryAfter = (nowMs: number): number => Math.floor(nowMs / 1_000) + SIGNED_VALIDITY_SECONDS

/** BIP 350, as `protocol/id.ts`, whose schemas would bring zod along. */
const identifierOf = (kind: 'key' | 'crd', bytes: Uint8Array): string =>
  bech32m.encode(kind, bech32m.toWords(bytes))

const isKey = (text: string): text is Key => bech32m.decodeUnsafe(text)?.prefix === 'key'

/** 16 bytes in hexadecimal digits or base64url, as the API takes them. */
const secretBytesIn = (text: string): Uint8Array | undefined => {
  if (/^[0-9A-Fa-f]{32}$/.test(text)) return hexToBytes(text.toLowerCase())
  const bytes = decodeBase64url(text)
  return bytes?.length === CARD_SECRET_BYTES ? bytes : undefined
}
