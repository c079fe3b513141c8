import { hash } from 'node:crypto'
import { type ICryptoInterface, pureJsCrypto } from '@chainsafe/libp2p-noise'
import {
  crypto_aead_chacha20poly1305_ietf_decrypt,
  crypto_aead_chacha20poly1305_ietf_encrypt,
  crypto_scalarmult,
  crypto_scalarmult_base,
  randombytes_buf,
} from 'sodium-native'

const KEY_BYTES = 32
const TAG_BYTES = 16

/**
 * What noise computes (X25519, RFC 7748; ChaCha20-Poly1305, RFC 8439), by libsodium: a third of the
 * library's own time for the frames of a few hundred bytes that votes and bundles are.
 */
export const noiseCrypto: ICryptoInterface = {
  ...pureJsCrypto,
  hashSHA256: (data) => hash('sha256', data.subarray(), 'buffer'),
  generateX25519KeyPair: () => {
    const seed = new Uint8Array(KEY_BYTES)
    randombytes_buf(seed)
    return keyPairOf(seed)
  },
  generateX25519KeyPairFromSeed: (seed) => keyPairOf(seed),
  generateX25519SharedKey: (privateKey, publicKey) => {
    const shared = new Uint8Array(KEY_BYTES)
    crypto_scalarmult(shared, privateKey.subarray(), publicKey.subarray())
    return shared
  },
  chaCha20Poly1305Encrypt: (plaintext, nonce, ad, key) => {
    const ciphertext = Buffer.allocUnsafe(plaintext.byteLength + TAG_BYTES)
    crypto_aead_chacha20poly1305_ietf_encrypt(
      ciphertext,
      plaintext.subarray(),
      ad,
      null,
      nonce,
      key,
    )
    return ciphertext
  },
  chaCha20Poly1305Decrypt: (ciphertext, nonce, ad, key) => {
    // libsodium refuses to be given less than a tag; noise treats any error as a broken connection.
    if (ciphertext.byteLength < TAG_BYTES) throw new RangeError('shorter than its tag')
    const plaintext = Buffer.allocUnsafe(ciphertext.byteLength - TAG_BYTES)
    crypto_aead_chacha20poly1305_ietf_decrypt(
      plaintext,
      null,
      ciphertext.subarray(),
      ad,
      nonce,
      key,
    )
    return plaintext
  },
}

const keyPairOf = (privateKey: Uint8Array) => {
  const publicKey = new Uint8Array(KEY_BYTES)
  crypto_scalarmult_base(publicKey, privateKey)
  return { publicKey, privateKey }
}
