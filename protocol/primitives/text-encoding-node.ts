import { isUtf8 } from 'node:buffer'
import type { TextsInBytes } from '../texts-in-bytes.ts'

/**
 * Bytes of an unpadded base64url text (RFC 4648 §5), or undefined unless the text is exactly
 * what encoding those bytes gives back: one text for one content.
 */
export const decodeBase64url = (text: string): Uint8Array | undefined => decode(text)

/** The UTF-8 text inside a base64url text, or undefined unless it encodes back to exactly that. */
export const decodeBase64urlText = (text: string): string | undefined => {
  const into = text.length > scratch.length ? Buffer.allocUnsafe(text.length) : scratch
  const length = into.write(text, 'base64url')
  if (!isCanonical(text, length)) return undefined
  const decoded = into.toString('utf8', 0, length)
  // What is not UTF-8 is replaced by this character, which may also be there by itself.
  return !decoded.includes('\ufffd') || isUtf8(into.subarray(0, length)) ? decoded : undefined
}

/** Unpadded base64url of `bytes` (RFC 4648 §5). */
export const encodeBase64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')

/** Unpadded base64url of the UTF-8 bytes of `text`. */
export const encodeBase64urlText = (text: string): string =>
  Buffer.from(text, 'utf8').toString('base64url')

/** UTF-8 bytes of `text`. */
export const utf8Bytes = (text: string): Uint8Array => ENCODER.encode(text)

/** Writes `text` in UTF-8 and tells its length; three bytes a UTF-16 unit are room for every text. */
export const writeUtf8 = (text: string, into: Uint8Array): number =>
  ENCODER.encodeInto(text, into).written

/** Writes `text` into exactly as many bytes as it has characters; false unless it is ASCII. */
export const writeAscii = (text: string, into: Uint8Array): boolean => {
  const { read, written } = ENCODER.encodeInto(text, into)
  return read === text.length && written === text.length
}

/** One byte for each character of a text known to be ASCII. */
export const asciiBytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** The text of bytes known to be ASCII. */
export const asciiText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

/** Reads the texts that lie between two places of `bytes`, without a view of each. */
export const textsIn = (bytes: Uint8Array): TextsInBytes => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    ascii: (from, to) => buffer.toString('latin1', from, to),
    hex: (from, to) => buffer.toString('hex', from, to),
  }
}

const ENCODER = new TextEncoder()

/** Where a text is decoded: what is read here for a moment needs no memory of its own. */
const scratch = Buffer.allocUnsafe(65_536)

const decode = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url')
  return isCanonical(text, bytes.length) ? bytes : undefined
}

/**
 * Whether so many bytes encode back to the text that they were decoded from. The decoder passes over what is
 * no character of its alphabet, so that fewer bytes come out, but takes those of plain base64 as well and of
 * wider characters only the low byte.
 */
const isCanonical = (text: string, bytes: number): boolean =>
  text.length % 4 !== 1 &&
  bytes === Math.floor((text.length * 3) / 4) &&
  Buffer.byteLength(text, 'utf8') === text.length &&
  !text.includes('+') &&
  !text.includes('/') &&
  hasUnusedBitsUnset(text)

/** The last character of a text that is no whole groups of four stands for more bits than its bytes have. */
const hasUnusedBitsUnset = (text: string): boolean => {
  const beyond = text.length % 4
  if (beyond === 0) return true
  const value = ALPHABET.indexOf(text.slice(-1))
  return (value & (beyond === 2 ? 0b1111 : 0b11)) === 0
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
