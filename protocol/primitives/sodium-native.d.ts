/** The part of sodium-native 5 (libsodium 1.0.21) in use; the package declares no types. */
declare module 'sodium-native' {
  export function crypto_sign_seed_keypair(
    publicKey: Uint8Array,
    secretKey: Uint8Array,
    seed: Uint8Array,
  ): void
  export function crypto_sign_detached(
    signature: Uint8Array,
    message: Uint8Array,
    secretKey: Uint8Array,
  ): void
  export function crypto_sign_verify_detached(
    signature: Uint8Array,
    message: Uint8Array,
    publicKey: Uint8Array,
  ): boolean
  export function randombytes_buf(bytes: Uint8Array): void
  export function crypto_scalarmult_base(publicKey: Uint8Array, secretKey: Uint8Array): void
  /** Throws for a public key of small order. */
  export function crypto_scalarmult(
    shared: Uint8Array,
    secretKey: Uint8Array,
    publicKey: Uint8Array,
  ): void
  export function crypto_aead_chacha20poly1305_ietf_encrypt(
    ciphertext: Uint8Array,
    message: Uint8Array,
    additional: Uint8Array,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): void
  /** Throws when the tag is not right. */
  export function crypto_aead_chacha20poly1305_ietf_decrypt(
    message: Uint8Array,
    secretNonce: null,
    ciphertext: Uint8Array,
    additional: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): void
}
