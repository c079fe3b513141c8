import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as native from '#protocol/primitives/digest-node.ts'
import * as portable from '#protocol/primitives/digest-portable.ts'

describe.each([
  ['native', native],
  ['portable', portable],
])('%s SHA-256', (_, { sha256, sha256Hex, sha256HexOfText }) => {
  /** FIPS 180-4 examples, as NIST publishes them. */
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('of %j', (text, digest) => {
    const bytes = new TextEncoder().encode(text)
    expect(sha256Hex(bytes)).toBe(digest)
    expect(bytesToHex(sha256(bytes))).toBe(digest)
    expect(sha256HexOfText(text)).toBe(digest)
  })
})

test('both SHA-256 are one, also of views', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (bytes, from) => {
      const view = bytes.subarray(from)
      expect(portable.sha256Hex(view)).toBe(native.sha256Hex(view))
      expect([...portable.sha256(view)]).toEqual([...native.sha256(view)])
      for (const { writeSha256 } of [portable, native]) {
        const into = new Uint8Array(33).fill(7)
        writeSha256(view, into)
        expect([...into]).toEqual([...native.sha256(view), 7])
      }
    }),
  )
})

test('the digest of a text is that of its UTF-8 bytes, lone surrogates included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string(), (text, more) => {
      const odd = `${text}\ud83c${more}`
      const digest = native.sha256Hex(new TextEncoder().encode(odd))
      expect(native.sha256HexOfText(odd)).toBe(digest)
      expect(portable.sha256HexOfText(odd)).toBe(digest)
    }),
  )
})
