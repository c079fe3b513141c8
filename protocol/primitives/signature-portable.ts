import { getPublicKey, hashes, Point, sign as signWithSeed } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, equalBytes } from '../bytes.ts'
import {
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  type SignMessage,
  type VerifySignature,
} from '../signature.ts'

hashes.sha512 = sha512

const ORDER = Point.CURVE().n

/**
 * The network's one signature rule, runnable anywhere; equal to the native one. Built from points,
 * since the library's own check is cofactored and would accept signatures that libsodium refuses.
 * A small-order or non-canonical R needs no decoding: the R computed is neither.
 */
export const verifySignature: VerifySignature = (signature, message, publicKey) => {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== PUBLIC_KEY_BYTES) return false
  const r = signature.subarray(0, 32)
  const s = littleEndian(signature.subarray(32))
  if (s >= ORDER) return false
  const a = canonicalPoint(publicKey)
  if (a === undefined || a.isSmallOrder()) return false
  const k = littleEndian(sha512(concat(r, publicKey, message))) % ORDER
  const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k))
  return !expected.isSmallOrder() && equalBytes(expected.toBytes(), r)
}

/** The ed25519 public key (32 bytes) of a secret seed (32 bytes). */
export const publicKeyOf = (seed: Uint8Array): Uint8Array => getPublicKey(seed)

/** The deterministic ed25519 signature (64 bytes, RFC 8032 §5.1.6) by a secret seed (32 bytes). */
export const sign = (message: Uint8Array, seed: Uint8Array): Uint8Array =>
  signWithSeed(message, seed)

/** The public key of a secret seed, and who signs with it: a copy of the seed is kept. */
export const keyPairOf = (
  seed: Uint8Array,
): { readonly publicKey: Uint8Array; readonly sign: SignMessage } => {
  const kept = seed.slice()
  return { publicKey: getPublicKey(kept), sign: (message) => signWithSeed(message, kept) }
}

/** The point of a canonical encoding (y below the field's prime), or undefined. */
const canonicalPoint = (bytes: Uint8Array): Point | undefined => {
  try {
    return Point.fromBytes(bytes, false)
  } catch {
    return undefined
  }
}

const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n)
