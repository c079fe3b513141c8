import { hexToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { sha256Hex, sha256HexOfText } from '#digest'

/** A SHA-256 digest as 64 lower-case hexadecimal digits. */
export const Hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'hash'>()
export type Hash = z.infer<typeof Hash>

/** The digest of nothing known: parent of genesis, root of an empty tree. */
export const ZERO_HASH = hashOfHex('0'.repeat(64))

/** SHA-256 of `bytes`. */
export const hashOf = (bytes: Uint8Array): Hash => hashOfHex(sha256Hex(bytes))

/** SHA-256 of the UTF-8 bytes of `text`. */
export const hashOfText = (text: string): Hash => hashOfHex(sha256HexOfText(text))

/** The 32 bytes of a hash. */
export const hashBytes = (hash: Hash): Uint8Array => hexToBytes(hash)

/** Marks 64 hexadecimal digits, made by our own code, as a hash. */
export function hashOfHex(hex: string): Hash {
  return hex as Hash
}
