import type { z } from 'zod'
import { asciiBytes, decodeBase64url, decodeBase64urlText } from '#text-encoding'
import type { Key } from '../id.ts'
import { HEADER_CACHE_MAX, HEADER_LENGTH_MAX } from '../limits.ts'
import { ownText } from '../own-text.ts'
import { SIGNATURE_BYTES } from '../signature.ts'
import type { SignatureClaim } from './envelope.ts'

/**
 * A JWS in compact form (RFC 7515 §7.1) that decodes. Its payload is any JSON, or, as `plain`, what its schema
 * makes of it already; its signature is a claim.
 */
export type Jws<P> = {
  readonly signer: Key
  readonly payload: unknown
  readonly plain: P | undefined
  readonly claim: SignatureClaim
}

/** Reads a protected header segment: the signer it names, or undefined when it is not exact. */
export type HeaderReader = (segment: string) => Key | undefined

/**
 * A reader of headers of one form. The same few signers pay again and again, so it remembers the
 * exact ones, so many and so long at most, and never the text that one came in.
 */
export const createHeaderReader = (schema: z.ZodType<{ readonly kid: Key }>): HeaderReader => {
  const cache = new Map<string, Key>()
  return (segment) => {
    if (segment.length > HEADER_LENGTH_MAX) return undefined
    const known = cache.get(segment)
    if (known !== undefined) return known
    const parsed = schema.safeParse(canonicalJson(decodeBase64urlText(segment)))
    if (!parsed.success) return undefined
    if (cache.size >= HEADER_CACHE_MAX) cache.clear()
    cache.set(ownText(segment), parsed.data.kid)
    return parsed.data.kid
  }
}

/**
 * Opens a compact JWS whose every segment is canonical: base64url that encodes back to itself, JSON
 * that stringifies back to itself. Otherwise says in a sentence what is wrong.
 */
export const openJws = <P>(
  text: string,
  readHeader: HeaderReader,
  readPlain: (payload: string) => P | undefined,
): Jws<P> | string => {
  const headerEnd = text.indexOf('.')
  const payloadEnd = text.indexOf('.', headerEnd + 1)
  if (headerEnd < 0 || payloadEnd < 0) return 'not three segments'
  const signer = readHeader(text.slice(0, headerEnd))
  if (signer === undefined) return 'the protected header is not exact'
  // A third dot is no base64url and fails here too.
  const signature = decodeBase64url(text.slice(payloadEnd + 1))
  if (signature?.length !== SIGNATURE_BYTES) return 'the signature is not 64 bytes in base64url'
  const json = decodeBase64urlText(text.slice(headerEnd + 1, payloadEnd))
  const plain = json === undefined ? undefined : readPlain(json)
  const payload = plain ?? canonicalJson(json)
  if (payload === undefined) return 'the payload is not canonical JSON in base64url'
  const message = asciiBytes(text.slice(0, payloadEnd))
  return { signer, payload, plain, claim: { key: signer, message, signature } }
}

/**
 * The JSON value in a text, or undefined unless the text is the one text of that value:
 * no whitespace, needless escape, other number form, repeated member, or `__proto__`.
 */
const canonicalJson = (text: string | undefined): unknown => {
  if (text === undefined || namesPrototype(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    // Stringifying overflows the stack on absurd nesting, which no schema would accept either.
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

/** The bare word is quicker to look for than the member, and hardly ever there. */
const namesPrototype = (text: string): boolean =>
  text.includes('__proto__') && text.includes('"__proto__":')
