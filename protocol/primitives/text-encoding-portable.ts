import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { base64urlnopad, utf8 } from '@scure/base'
import type { TextsInBytes } from '../texts-in-bytes.ts'

/**
 * Bytes of an unpadded base64url text (RFC 4648 §5), or undefined unless the text is exactly
 * what encoding those bytes gives back: one text for one content.
 */
export const decodeBase64url = (text: string): Uint8Array | undefined => {
  try {
    const bytes = base64urlnopad.decode(text)
    return base64urlnopad.encode(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}

/** The UTF-8 text inside a base64url text, or undefined unless it encodes back to exactly that. */
export const decodeBase64urlText = (text: string): string | undefined => {
  try {
    const decoded = utf8.encode(base64urlnopad.decode(text))
    return base64urlnopad.encode(utf8.decode(decoded)) === text ? decoded : undefined
  } catch {
    return undefined
  }
}

/** Unpadded base64url of `bytes` (RFC 4648 §5). */
export const encodeBase64url = (bytes: Uint8Array): string => base64urlnopad.encode(bytes)

/** Unpadded base64url of the UTF-8 bytes of `text`. */
export const encodeBase64urlText = (text: string): string =>
  base64urlnopad.encode(utf8ToBytes(text))

/** UTF-8 bytes of `text`. */
export const utf8Bytes = (text: string): Uint8Array => utf8ToBytes(text)

/** Writes `text` in UTF-8 and tells its length; three bytes a UTF-16 unit are room for every text. */
export const writeUtf8 = (text: string, into: Uint8Array): number => {
  const bytes = utf8ToBytes(text)
  into.set(bytes)
  return bytes.length
}

/** Writes `text` into exactly as many bytes as it has characters; false unless it is ASCII. */
export const writeAscii = (text: string, into: Uint8Array): boolean => {
  const bytes = utf8ToBytes(text)
  if (bytes.length !== text.length) return false
  into.set(bytes)
  return true
}

/** One byte for each character of a text known to be ASCII. */
export const asciiBytes = (text: string): Uint8Array => utf8.decode(text)

/** The text of bytes known to be ASCII. */
export const asciiText = (bytes: Uint8Array): string => utf8.encode(bytes)

/** Reads the texts that lie between two places of `bytes`. */
export const textsIn = (bytes: Uint8Array): TextsInBytes => ({
  ascii: (from, to) => utf8.encode(bytes.subarray(from, to)),
  hex: (from, to) => bytesToHex(bytes.subarray(from, to)),
})
