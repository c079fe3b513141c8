import { bech32m } from '@scure/base'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ID_KINDS } from '#protocol/id.ts'
import { readIdText } from '#protocol/id-text.ts'

/** What the well-kept decoder says of a text, with the same limits. */
const general = (text: string): Uint8Array | undefined => {
  if (text.length !== 62 || text !== text.toLowerCase() || text[3] !== '1') return undefined
  const decoded = bech32m.decodeUnsafe(text)
  const bytes = decoded && bech32m.fromWordsUnsafe(decoded.words)
  return bytes?.length === 32 ? new Uint8Array(bytes) : undefined
}

const prefix = fc.constantFrom(...ID_KINDS)
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const idText = fc
  .tuple(prefix, bytes32)
  .map(([kind, bytes]) => bech32m.encode(kind, bech32m.toWords(bytes)))

describe('the text of an identifier is read as the general decoder reads it', () => {
  test('when it is one', () => {
    fc.assert(
      fc.property(prefix, bytes32, (kind, bytes) => {
        const text = bech32m.encode(kind, bech32m.toWords(bytes))
        expect(readIdText(text)).toEqual(bytes)
      }),
    )
  })

  test('with one character of it changed', () => {
    const character = fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l1bioQ é\u0080')
    fc.assert(
      fc.property(idText, fc.nat({ max: 61 }), character, (text, at, changed) => {
        const other = text.slice(0, at) + changed + text.slice(at + 1)
        expect(readIdText(other)).toEqual(general(other))
      }),
      { numRuns: 2_000 },
    )
  })

  test('with bits in its filling, under a good checksum', () => {
    fc.assert(
      fc.property(prefix, bytes32, fc.integer({ min: 1, max: 15 }), (kind, bytes, filling) => {
        const words = bech32m.toWords(bytes)
        words[51] = (words[51] ?? 0) | filling
        const text = bech32m.encode(kind, words)
        expect(general(text)).toBeUndefined()
        expect(readIdText(text)).toBeUndefined()
      }),
    )
  })

  test.each([
    ['bech32 of BIP 173', (text: string) => `${text.slice(0, -6)}qqqqqq`],
    ['upper case', (text: string) => text.toUpperCase()],
    ['a longer one', (text: string) => `${text}q`],
    ['a shorter one', (text: string) => text.slice(0, -1)],
    ['nothing', () => ''],
  ])('and not when it is %s', (_, change) => {
    fc.assert(
      fc.property(idText, (text) => {
        expect(readIdText(change(text))).toBeUndefined()
      }),
    )
  })

  test('whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 62, maxLength: 62 }), (text) => {
        expect(readIdText(text)).toEqual(general(text))
      }),
    )
  })
})
