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
export const publicKeyOf = (seed: Uint8Array): Uint8Array => expand(seed).publicKey

/** The deterministic ed25519 signature (64 bytes, RFC 8032 §5.1.6) by a secret seed (32 bytes). */
export const sign = (message: Uint8Array, seed: Uint8Array): Uint8Array =>
  createSigner(seed)(message)

/** Signs again and again with one seed, which is expanded once. */
export const createSigner = (seed: Uint8Array): SignMessage => {
  const { secretKey } = expand(seed)
  return (message) => {
    const signature = new Uint8Array(SIGNATURE_BYTES)
    crypto_sign_detached(signature, message, secretKey)
    return signature
  }
}

/** libsodium's secret key is the seed followed by the public key. */
const expand = (seed: Uint8Array) => {
  const publicKey = new Uint8Array(PUBLIC_KEY_BYTES)
  const secretKey = new Uint8Array(SEED_BYTES + PUBLIC_KEY_BYTES)
  crypto_sign_seed_keypair(publicKey, secretKey, seed)
  return { publicKey, secretKey }
}
