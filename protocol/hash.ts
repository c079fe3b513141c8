import { hexToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { sha256Hex, sha256HexOfText } from '#digest'

/** A SHA-256 digest as 64 lower-case hexadecimal digits. */
export const Hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'hash'>()
export type Hash = z.infer<typeof Hash>

const HASH_BYTES = 32
const CODE_OF_0 = 0x30
const CODE_OF_A = 0x61

/** The digest of nothing known: parent of genesis, root of an empty tree. */
export const ZERO_HASH = hashOfHex('0'.repeat(64))

/** SHA-256 of `bytes`. */
export const hashOf = (bytes: Uint8Array): Hash => hashOfHex(sha256Hex(bytes))

/** SHA-256 of the UTF-8 bytes of `text`. */
export const hashOfText = (text: string): Hash => hashOfHex(sha256HexOfText(text))

/** The 32 bytes of a hash. */
export const hashBytes = (hash: Hash): Uint8Array => hexToBytes(hash)

/** Writes the 32 bytes of a hash into `bytes` from `at` on. */
export const writeHash = (hash: Hash, bytes: Uint8Array, at: number): void => {
  for (let index = 0; index < HASH_BYTES; index++) {
    const high = digitOf(hash.charCodeAt(2 * index))
    bytes[at + index] = (high << 4) | digitOf(hash.charCodeAt(2 * index + 1))
  }
}

/** The value of a lower-case hexadecimal digit by its character code. */
export function digitOf(code: number): number {
  return code < CODE_OF_A ? code - CODE_OF_0 : code - CODE_OF_A + 10
}

/** Marks 64 hexadecimal digits, made by our own code, as a hash. */
export function hashOfHex(hex: string): Hash {
  return hex as Hash
}
