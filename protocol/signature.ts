/** Length of an ed25519 signature, R ‖ S. */
export const SIGNATURE_BYTES = 64
/** Length of an ed25519 public key. */
export const PUBLIC_KEY_BYTES = 32
/** Length of the secret seed an ed25519 key grows from (RFC 8032 §5.1.5). */
export const SEED_BYTES = 32

/**
 * Judges one ed25519 signature (64 bytes) over `message` by `publicKey` (32 bytes). The rules are
 * libsodium's: S below the group order, A canonical, neither A nor R of small order, and the bytes
 * of R equal to those of [S]B − [k]A. Wrong lengths are a false, never an exception.
 */
export type VerifySignature = (
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
) => boolean

/** Signs `message` with a key its holder keeps. */
export type SignMessage = (message: Uint8Array) => Uint8Array
