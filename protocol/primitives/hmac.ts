import { sha256 } from '#digest'

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/**
 * HMAC-SHA-256 (RFC 2104), 32 bytes, by a key of at most 64 bytes: a longer one is our mistake. What
 * it made of the key is zeros afterwards.
 */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array => {
  if (key.length > BLOCK_BYTES) throw new RangeError(`an HMAC key of ${key.length} bytes`)
  const inner = new Uint8Array(BLOCK_BYTES + message.length)
  const outer = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES)
  for (let index = 0; index < BLOCK_BYTES; index++) {
    const byte = key[index] ?? 0
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  inner.set(message, BLOCK_BYTES)
  outer.set(sha256(inner), BLOCK_BYTES)
  const code = sha256(outer)
  inner.fill(0)
  outer.fill(0)
  return code
}

/** The first 32 bytes of HKDF-SHA-256 (RFC 5869) of a secret, without salt. */
export const hkdfSha256 = (secret: Uint8Array, info: Uint8Array): Uint8Array => {
  const pseudorandom = hmacSha256(NO_SALT, secret)
  const first = new Uint8Array(info.length + 1)
  first.set(info)
  first[info.length] = 1
  const made = hmacSha256(pseudorandom, first)
  pseudorandom.fill(0)
  return made
}

const NO_SALT = new Uint8Array(DIGEST_BYTES)
