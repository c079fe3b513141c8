import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hkdfSha256, hmacSha256 } from '#protocol/primitives/hmac.ts'

const ascii = (text: string) => new TextEncoder().encode(text)

/** RFC 4231 §4.2 to §4.4. */
test.each([
  [
    '0b'.repeat(20),
    bytesToHex(ascii('Hi There')),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    bytesToHex(ascii('Jefe')),
    bytesToHex(ascii('what do ya want for nothing?')),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    'aa'.repeat(20),
    'dd'.repeat(50),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
])('HMAC-SHA-256 by %s', (key, message, code) => {
  expect(bytesToHex(hmacSha256(hexToBytes(key), hexToBytes(message)))).toBe(code)
})

/** RFC 5869 appendix A.3, whose output is longer. */
test('HKDF-SHA-256 without salt', () => {
  const made = hkdfSha256(hexToBytes('0b'.repeat(22)), new Uint8Array())
  const expected = '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d'
  expect(bytesToHex(made)).toBe(expected)
})

test('both are what another implementation makes', () => {
  const bytes = fc.uint8Array({ maxLength: 64 })
  fc.assert(
    fc.property(bytes, fc.uint8Array({ maxLength: 300 }), (key, message) => {
      expect(hmacSha256(key, message)).toEqual(hmac(sha256, key, message))
      expect(hkdfSha256(key, message)).toEqual(hkdf(sha256, key, undefined, message, 32))
    }),
  )
})

test('a longer key is our mistake', () => {
  expect(() => hmacSha256(new Uint8Array(65), new Uint8Array())).toThrow('65 bytes')
})
