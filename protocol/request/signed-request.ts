import { z } from 'zod'
import { Hash, hashOfText } from '../hash.ts'
import { GrantId, Key } from '../id.ts'
import {
  REQUEST_JTI_LENGTH_MAX,
  REQUEST_PATH_LENGTH_MAX,
  SIGNED_REQUEST_LENGTH_MAX,
} from '../limits.ts'
import type { SignMessage } from '../signature.ts'
import { ExpirySeconds, type SignatureClaim } from '../transaction/envelope.ts'
import { createHeaderReader, openJws } from '../transaction/jws.ts'
import { PeerId } from '../transaction/kinds/peer-id.ts'
import { signJws } from '../transaction/sign.ts'

/** The protected header of a request: exactly these three members (RFC 7515, RFC 8037). */
const RequestHeader = z.strictObject({
  alg: z.enum(['EdDSA', 'Ed25519']),
  kid: Key,
  typ: z.literal('kermesse-request+jwt'),
})

/**
 * What is signed in a request to one node. `aud`: that node's peer id. `path`: as it is sent, with its
 * query. `body`: SHA-256 of the bytes of the body, absent where there is none. `grant`: of a till that
 * acts for a place. `jti`: new for each request.
 */
export const RequestPayload = z.strictObject({
  aud: PeerId,
  method: z.enum(['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT']),
  path: z.string().startsWith('/').max(REQUEST_PATH_LENGTH_MAX),
  body: Hash.optional(),
  grant: GrantId.optional(),
  iat: ExpirySeconds,
  exp: ExpirySeconds,
  jti: z.string().regex(new RegExp(`^[A-Za-z0-9_-]{16,${REQUEST_JTI_LENGTH_MAX}}$`)),
})
export type RequestPayload = z.infer<typeof RequestPayload>

/** A request that decodes. Its signature is still a claim. */
export type SignedRequest = RequestPayload & {
  readonly signer: Key
  readonly claim: SignatureClaim
}

export type RequestSigning = Omit<RequestPayload, 'body'> & {
  readonly signerKey: Key
  readonly sign: SignMessage
  /** The text that is sent as the body, byte for byte. */
  readonly body?: string
}

/** The compact JWS of one request, sent as `Authorization: JWS …`. Sign each attempt anew. */
export const signRequest = ({ signerKey, sign, body, ...claims }: RequestSigning): string =>
  signJws({ signerKey, sign }, 'kermesse-request+jwt', {
    ...claims,
    ...(body !== undefined && { body: hashOfText(body) }),
  }).text

/** Opens the compact JWS of a request, size first. Total: any text gives an answer. */
export const openSignedRequest = (text: string): SignedRequest | undefined => {
  if (text.length > SIGNED_REQUEST_LENGTH_MAX) return undefined
  const jws = openJws(text, readRequestHeader, readByParsing)
  if (typeof jws === 'string') return undefined
  const parsed = RequestPayload.safeParse(jws.payload)
  return parsed.success ? { ...parsed.data, signer: jws.signer, claim: jws.claim } : undefined
}

/** Requests are few. */
const readByParsing = (): undefined => undefined
const readRequestHeader = createHeaderReader(RequestHeader)
