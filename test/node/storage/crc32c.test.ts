import { describe, expect, test } from 'vitest'
import { crc32c } from '#node/storage/crc32c.ts'
import { utf8 } from '#protocol/bytes.ts'

const ASCENDING = Uint8Array.from({ length: 32 }, (_, index) => index)

describe('crc32c', () => {
  test.each([
    ['32 zero bytes (RFC 3720 B.4)', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones (RFC 3720 B.4)', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31 (RFC 3720 B.4)', ASCENDING, 0x46dd794e],
    ['31 to 0 (RFC 3720 B.4)', ASCENDING.toReversed(), 0x113fdb5c],
    ['the check value', utf8('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('is the published sum of %s', (_, bytes, sum) => {
    expect(crc32c(bytes) >>> 0).toBe(sum)
  })

  test('is the same taken part by part', () => {
    for (let cut = 0; cut <= 32; cut++) {
      const first = crc32c(ASCENDING.subarray(0, cut))
      expect(crc32c(ASCENDING.subarray(cut), first) >>> 0).toBe(0x46dd794e)
    }
  })
})
