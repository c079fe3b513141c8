import { hkdfSha256 } from '#digest'
import { utf8 } from '../bytes.ts'

/** Length of the secret on a `secret` card or in its QR. */
export const CARD_SECRET_BYTES = 16

/**
 * The ed25519 seed of a secret card: HKDF-SHA-256 (RFC 5869) of the 16 secret bytes, without salt,
 * with info "kermesse/card-key", 32 bytes long.
 */
export const cardKeyOf = (secret: Uint8Array): Uint8Array => {
  if (secret.length !== CARD_SECRET_BYTES) {
    throw new RangeError(`a card secret of ${secret.length} bytes`)
  }
  return hkdfSha256(secret, utf8('kermesse/card-key'))
}
