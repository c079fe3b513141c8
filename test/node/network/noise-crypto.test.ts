import { pureJsCrypto } from '@chainsafe/libp2p-noise'
import { describe, expect, it } from 'vitest'
import { noiseCrypto } from '#node/network/noise-crypto.ts'

const key = new Uint8Array(32).fill(7)
const nonce = new Uint8Array(12).fill(9)
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at & 0xff)
const plain = (value: { subarray(): Uint8Array }): number[] => [...value.subarray()]

describe('noise by libsodium', () => {
  it.each([0, 1, 15, 16, 63, 64, 65, 1_199, 4_096, 65_519])('agrees on %i bytes', (length) => {
    for (const ad of [new Uint8Array(0), bytes(32)]) {
      const message = bytes(length)
      const ours = noiseCrypto.chaCha20Poly1305Encrypt(message, nonce, ad, key)
      const theirs = pureJsCrypto.chaCha20Poly1305Encrypt(message, nonce, ad, key)
      expect(plain(ours)).toEqual(plain(theirs))
      expect(plain(noiseCrypto.chaCha20Poly1305Decrypt(theirs, nonce, ad, key))).toEqual([
        ...message,
      ])
    }
  })

  it.each(['message', 'tag', 'length', 'nothing'])('refuses a changed %s', (what) => {
    const good = noiseCrypto.chaCha20Poly1305Encrypt(bytes(40), nonce, key, key).subarray().slice()
    if (what === 'message') good[3] = (good[3] ?? 0) ^ 1
    if (what === 'tag') good[good.length - 1] = (good.at(-1) ?? 0) ^ 1
    const given = what === 'nothing' ? good.subarray(0, 15) : good
    const cut = what === 'length' ? given.subarray(0, -1) : given
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(cut, nonce, key, key)).toThrow()
  })

  it('agrees on keys, secrets and digests', () => {
    const ours = noiseCrypto.generateX25519KeyPair()
    const theirs = pureJsCrypto.generateX25519KeyPairFromSeed(bytes(32))
    const again = noiseCrypto.generateX25519KeyPairFromSeed(bytes(32))
    expect(plain(again.publicKey)).toEqual(plain(theirs.publicKey))
    const shared = noiseCrypto.generateX25519SharedKey(ours.privateKey, theirs.publicKey)
    expect(plain(shared)).toEqual(
      plain(pureJsCrypto.generateX25519SharedKey(theirs.privateKey, ours.publicKey)),
    )
    expect(plain(noiseCrypto.hashSHA256(bytes(99)))).toEqual(
      plain(pureJsCrypto.hashSHA256(bytes(99))),
    )
    expect(ours.privateKey).not.toEqual(noiseCrypto.generateX25519KeyPair().privateKey)
  })

  it('refuses a public key of small order', () => {
    const { privateKey } = noiseCrypto.generateX25519KeyPair()
    expect(() => noiseCrypto.generateX25519SharedKey(privateKey, new Uint8Array(32))).toThrow()
  })
})
