import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { keyOfCard } from '#protocol/derive.ts'
import { encodeId } from '#protocol/id.ts'
import { cardKeyOf } from '#protocol/transaction/card-key.ts'
import {
  cardIdOfSecret,
  claimKeyOf,
  claimOfCode,
  commitmentOf,
  parseTagUid,
  TagUid,
} from '#protocol/transaction/tag.ts'
import { publicKeyOf } from '#signature'
import vectors from '../../vectors/transaction-tag.json' with { type: 'json' }

describe('the UID of a tag has one form', () => {
  test.each([
    ['04A1B2C3', '04A1B2C3'],
    ['04a1b2c3', '04A1B2C3'],
    ['04:a1:b2:c3', '04A1B2C3'],
    ['04-A1-B2-C3', '04A1B2C3'],
    ['04 a1 b2 c3 d4 e5 f6', '04A1B2C3D4E5F6'],
    ['04A1B2C3D4E5F60718AB', '04A1B2C3D4E5F60718AB'],
    ['04:A1:B2:C3:D4:E5:F6:07:18:AB', '04A1B2C3D4E5F60718AB'],
  ])('%s', (printed, uid) => {
    expect(parseTagUid(printed)).toBe(uid)
  })

  test.each([
    '',
    '04A1B2',
    '04A1B2C',
    '04A1B2C3D4',
    '04A1B2C3D4E5F60718ABCD',
    '04A:1B2:C3',
    ':04A1B2C3',
    '04A1B2C3 ',
    '04A1B2CG',
    '04A1B2ﬀ',
    '0x04A1B2C3',
  ])('%j is none', (printed) => {
    expect(parseTagUid(printed)).toBeUndefined()
  })
})

describe('what stands for a card', () => {
  test.each(vectors.weak)('tag $uid is committed to as $card', ({ tagKey, uid, card }) => {
    expect(commitmentOf(hexToBytes(tagKey), TagUid.parse(uid))).toBe(card)
  })

  test.each(vectors.claim)('claim code $code grows into $claim', ({ code, seed, claim }) => {
    expect(bytesToHex(claimKeyOf(hexToBytes(code)))).toBe(seed)
    expect(claimOfCode(hexToBytes(code))).toBe(claim)
  })

  test.each(vectors.secret)('secret $secret grows into $card', ({ secret, seed, key, card }) => {
    const grown = cardKeyOf(hexToBytes(secret))
    expect(grown).toEqual(hexToBytes(seed))
    expect(encodeId('key', publicKeyOf(grown))).toBe(key)
    expect(cardIdOfSecret(hexToBytes(secret))).toBe(card)
    expect(keyOfCard(cardIdOfSecret(hexToBytes(secret)))).toBe(key)
  })

  test('keys and secrets of another length are our mistake', () => {
    expect(() => commitmentOf(new Uint8Array(16), TagUid.parse('04A1B2C3'))).toThrow('16 bytes')
    expect(() => cardKeyOf(new Uint8Array(32))).toThrow('32 bytes')
    expect(() => claimKeyOf(new Uint8Array(32))).toThrow('32 bytes')
  })
})
