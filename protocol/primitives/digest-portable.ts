import { sha256 as digest } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** SHA-256 (FIPS 180-4) of `bytes`, 32 bytes. Runs anywhere; equal to the native one. */
export const sha256 = (bytes: Uint8Array): Uint8Array => digest(bytes)

/** SHA-256 of `bytes` as 64 lower-case hexadecimal digits. */
export const sha256Hex = (bytes: Uint8Array): string => bytesToHex(digest(bytes))

/** The same of the UTF-8 bytes of `text`. */
export const sha256HexOfText = (text: string): string => sha256Hex(utf8ToBytes(text))
