import { isUtf8 } from 'node:buffer'

/**
 * Bytes of an unpadded base64url text (RFC 4648 §5), or undefined unless the text is exactly
 * what encoding those bytes gives back: one text for one content.
 */
export const decodeBase64url = (text: string): Uint8Array | undefined => decode(text)

/** The UTF-8 text inside a base64url text, or undefined unless it encodes back to exactly that. */
export const decodeBase64urlText = (text: string): string | undefined => {
  const bytes = decode(text)
  return bytes !== undefined && isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/** Unpadded base64url of `bytes` (RFC 4648 §5). */
export const encodeBase64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')

/** One byte for each character of a text known to be ASCII. */
export const asciiBytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** The text of bytes known to be ASCII. */
export const asciiText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

const decode = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
