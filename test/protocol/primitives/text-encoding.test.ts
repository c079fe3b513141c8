import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as native from '#protocol/primitives/text-encoding-node.ts'
import * as portable from '#protocol/primitives/text-encoding-portable.ts'

describe.each([
  ['native', native],
  ['portable', portable],
])(
  '%s text encoding',
  (_, {
    asciiBytes,
    decodeBase64url,
    decodeBase64urlText,
    encodeBase64url,
    encodeBase64urlText,
    utf8Bytes,
    writeAscii,
    writeUtf8,
  }) => {
    /** RFC 4648 §10, without padding, and the two characters of this alphabet. */
    test.each([
      ['', ''],
      ['f', 'Zg'],
      ['fo', 'Zm8'],
      ['foo', 'Zm9v'],
      ['foob', 'Zm9vYg'],
      ['fooba', 'Zm9vYmE'],
      ['foobar', 'Zm9vYmFy'],
      ['~~?', 'fn4_'],
      ['~~>', 'fn4-'],
      ['é', 'w6k'],
      ['\uFEFFa', '77u_YQ'],
    ])('%j is %j', (text, encoded) => {
      const bytes = new TextEncoder().encode(text)
      expect(encodeBase64url(bytes)).toBe(encoded)
      expect(encodeBase64urlText(text)).toBe(encoded)
      expect([...(decodeBase64url(encoded) ?? [])]).toEqual([...bytes])
      expect(decodeBase64urlText(encoded)).toBe(text)
    })

    test.each([
      'Z',
      'Zg==',
      'Zg=',
      'Zh',
      'Zm9',
      'Zm+v',
      'Zm/v',
      'Zm 9v',
      'Zm9v\n',
      'Zé',
      '.',
      'Zm9vY',
    ])('%j is refused', (text) => {
      expect(decodeBase64url(text)).toBeUndefined()
      expect(decodeBase64urlText(text)).toBeUndefined()
    })

    test('any text is decoded if and only if it is what its bytes encode to', () => {
      const characters = [...'ABwxyz019-_+/= .\n\0', 'é', '\u0141', '\ud800', '\u{1F389}']
      const texts = fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 })
      fc.assert(
        fc.property(fc.oneof(texts, fc.base64String(), fc.string()), (text) => {
          const bytes = Buffer.from(text, 'base64url')
          const isCanonical = bytes.toString('base64url') === text
          expect(decodeBase64url(text) !== undefined).toBe(isCanonical)
        }),
        { numRuns: 2_000 },
      )
    })

    test('a text of any length is decoded, also after a longer one', () => {
      for (const length of [100_000, 65_537, 65_536, 3, 0]) {
        const text = 'é'.repeat(length)
        const encoded = encodeBase64url(new TextEncoder().encode(text))
        expect(decodeBase64urlText(encoded)).toBe(text)
        expect(decodeBase64urlText(`${encoded}*`)).toBeUndefined()
      }
    })

    test('the character that stands for what is no text is itself one', () => {
      expect(decodeBase64urlText('77-9')).toBe('\ufffd')
      expect(decodeBase64urlText('77-9_w')).toBeUndefined()
    })

    test.each([
      ['_w', 'a byte that starts nothing'],
      ['wIA', 'an overlong form'],
      ['7aCA', 'half a surrogate pair'],
      ['9JCAgA', 'beyond the last code point'],
      ['w6k9w', 'a cut character'],
    ])('%s is no text: %s', (encoded) => {
      expect(decodeBase64urlText(encoded)).toBeUndefined()
    })

    test('views are encoded where they lie', () => {
      expect(encodeBase64url(new TextEncoder().encode('xfoox').subarray(1, 4))).toBe('Zm9v')
    })

    test('an ASCII text gives one byte a character', () => {
      expect([...asciiBytes('a.Z')]).toEqual([97, 46, 90])
    })

    test('a text is written where there is room for it', () => {
      const into = new Uint8Array(12).fill(7)
      expect(writeUtf8('aé€', into.subarray(1))).toBe(6)
      expect([...into]).toEqual([7, 97, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 7, 7, 7, 7, 7])
      expect(utf8Bytes('aé€')).toEqual(into.slice(1, 7))
    })

    test.each([
      ['aZ', true],
      ['', true],
      ['\u007f\u0000', true],
      ['éa', false],
      ['aé', false],
      ['\ud83c\udfaa', false],
      ['\ud83c', false],
    ])('%j is ASCII: %s', (text, isAscii) => {
      expect(writeAscii(text, new Uint8Array(text.length))).toBe(isAscii)
    })
  },
)

describe('both text encodings are one', () => {
  test('for the texts that lie in bytes, also in a view', () => {
    const ascii = fc.uint8Array({ max: 0x7f, minLength: 8, maxLength: 80 })
    fc.assert(
      fc.property(ascii, fc.nat(7), fc.nat(80), fc.nat(80), (bytes, skipped, a, b) => {
        const view = bytes.subarray(skipped)
        const [from, to] = [a, b].map((at) => at % (view.length + 1)).sort((x, y) => x - y)
        const [here, there] = [native, portable].map(({ textsIn }) => textsIn(view))
        const part = Buffer.from(view.slice(from, to))
        for (const texts of [here, there]) {
          expect(texts?.ascii(from ?? 0, to ?? 0)).toBe(part.toString('latin1'))
          expect(texts?.hex(from ?? 0, to ?? 0)).toBe(part.toString('hex'))
        }
      }),
    )
  })

  test('for bytes of which some are no text', () => {
    const pieces = fc.constantFrom(
      [0x61],
      [0xc3, 0xa9],
      [0xef, 0xbf, 0xbd],
      [0xff],
      [0xed, 0xa0, 0x80],
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), (parts) => {
        const encoded = native.encodeBase64url(Uint8Array.from(parts.flat()))
        expect(native.decodeBase64urlText(encoded)).toBe(portable.decodeBase64urlText(encoded))
      }),
      { numRuns: 1_000 },
    )
  })

  test('for bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const encoded = native.encodeBase64url(bytes)
        expect(portable.encodeBase64url(bytes)).toBe(encoded)
        expect([...(portable.decodeBase64url(encoded) ?? [])]).toEqual([...bytes])
        expect([...(native.decodeBase64url(encoded) ?? [])]).toEqual([...bytes])
        expect(portable.decodeBase64urlText(encoded)).toBe(native.decodeBase64urlText(encoded))
      }),
    )
  })

  test('for texts, and what is nearly one', () => {
    const characters = fc.constantFrom(...'ABYZaz09-_+/= .é')
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 9 }), (text) => {
        const byNative = native.decodeBase64url(text)
        const byPortable = portable.decodeBase64url(text)
        expect(byPortable && [...byPortable]).toEqual(byNative && [...byNative])
        expect(portable.decodeBase64urlText(text)).toBe(native.decodeBase64urlText(text))
      }),
      { numRuns: 1_000 },
    )
  })
})
