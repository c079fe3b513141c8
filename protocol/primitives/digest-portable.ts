import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as digest } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** SHA-256 (FIPS 180-4) of `bytes`, 32 bytes. Runs anywhere; equal to the native one. */
export const sha256 = (bytes: Uint8Array): Uint8Array => digest(bytes)

/** Writes the SHA-256 of `bytes` into the first 32 bytes of `into`. */
export const writeSha256 = (bytes: Uint8Array, into: Uint8Array): void => into.set(digest(bytes))

/** SHA-256 of `bytes` as 64 lower-case hexadecimal digits. */
export const sha256Hex = (bytes: Uint8Array): string => bytesToHex(digest(bytes))

/** The same of the UTF-8 bytes of `text`. */
export const sha256HexOfText = (text: string): string => sha256Hex(utf8ToBytes(text))

/** HMAC-SHA-256 (RFC 2104) of `message`, 32 bytes. */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  hmac(digest, key, message)

/** The first 32 bytes of HKDF-SHA-256 (RFC 5869) of a secret, without salt. */
export const hkdfSha256 = (secret: Uint8Array, info: Uint8Array): Uint8Array =>
  hkdf(digest, secret, undefined, info, 32)
