import {
  crypto_sign_detached,
  crypto_sign_seed_keypair,
  crypto_sign_verify_detached,
} from 'sodium-native'
import {
  PUBLIC_KEY_BYTES,
  SEED_BYTES,
  SIGNATURE_BYTES,
  type SignMessage,
  type VerifySignature,
} from '../signature.ts'

/** The network's one signature rule, by libsodium; equal to the portable one. */
export const verifySignature: VerifySignature = (signature, message, publicKey) =>
  signature.length === SIGNATURE_BYTES &&
  publicKey.length === PUBLIC_KEY_BYTES &&
  crypto_sign_verify_detached(signature, message, publicKey)

/** The ed25519 public key (32 bytes) of a secret seed (32 bytes). */
export const publicKeyOf = (seed: Uint8Array): Uint8Array => keyPairOf(seed).publicKey

/** The deterministic ed25519 signature (64 bytes, RFC 8032 §5.1.6) by a secret seed (32 bytes). */
export const sign = (message: Uint8Array, seed: Uint8Array): Uint8Array =>
  keyPairOf(seed).sign(message)

/** The public key of a secret seed, and who signs with it: the seed is expanded once for both. */
export const keyPairOf = (
  seed: Uint8Array,
): { readonly publicKey: Uint8Array; readonly sign: SignMessage } => {
  const publicKey = new Uint8Array(PUBLIC_KEY_BYTES)
  // libsodium's secret key is the seed followed by the public key.
  const secretKey = new Uint8Array(SEED_BYTES + PUBLIC_KEY_BYTES)
  crypto_sign_seed_keypair(publicKey, secretKey, seed)
  const signWith: SignMessage = (message) => {
    const signature = new Uint8Array(SIGNATURE_BYTES)
    crypto_sign_detached(signature, message, secretKey)
    return signature
  }
  return { publicKey, sign: signWith }
}
