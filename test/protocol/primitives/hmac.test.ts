import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as native from '#protocol/primitives/digest-node.ts'
import * as portable from '#protocol/primitives/digest-portable.ts'

const ascii = (text: string) => new TextEncoder().encode(text)

describe.each([
  ['native', native],
  ['portable', portable],
])('%s', (_, { hmacSha256, hkdfSha256 }) => {
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
})

test('both are one', () => {
  const bytes = fc.uint8Array({ maxLength: 100 })
  fc.assert(
    fc.property(bytes, fc.uint8Array({ maxLength: 300 }), (key, message) => {
      expect([...native.hmacSha256(key, message)]).toEqual([...portable.hmacSha256(key, message)])
      expect([...native.hkdfSha256(key, message)]).toEqual([...portable.hkdfSha256(key, message)])
    }),
  )
})
