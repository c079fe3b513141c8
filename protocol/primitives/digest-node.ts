import { createHmac, createSecretKey, hash, hkdfSync } from 'node:crypto'

/** SHA-256 (FIPS 180-4) of `bytes`, 32 bytes. Native; equal to the portable one. */
export const sha256 = (bytes: Uint8Array): Uint8Array => {
  const digest = new Uint8Array(32)
  writeSha256(bytes, digest)
  return digest
}

/** Writes the SHA-256 of `bytes` into the first 32 bytes of `into`. */
export const writeSha256 = (bytes: Uint8Array, into: Uint8Array): void => {
  // One character a byte: a digest asked for as a buffer costs twice as much in all.
  const digits = hash('sha256', bytes, 'binary')
  for (let index = 0; index < 32; index++) into[index] = digits.charCodeAt(index)
}

/** SHA-256 of `bytes` as 64 lower-case hexadecimal digits. */
export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex')

/** The same of the UTF-8 bytes of `text`, which need not be made for it. */
export const sha256HexOfText = (text: string): string => hash('sha256', text, 'hex')

/** HMAC-SHA-256 (RFC 2104) of `message`, 32 bytes. */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac('sha256', keyOf(key)).update(message).digest())

/** The first 32 bytes of HKDF-SHA-256 (RFC 5869) of a secret, without salt. */
export const hkdfSha256 = (secret: Uint8Array, info: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', keyOf(secret), NO_SALT, info, 32))

/** Of bare bytes the platform first finds out by an error, with its stack trace, that they are no key. */
const keyOf = (bytes: Uint8Array) => createSecretKey(bytes)

const NO_SALT = new Uint8Array(0)
