import { expect, test } from 'vitest'
import { sha256 } from '#digest'
import { concat, u32, utf8 } from '#protocol/bytes.ts'
import { leafOf } from '#protocol/state/leaf.ts'

const plainLeafOf = (family: number, slot: number, text: string): Uint8Array => {
  const bytes = utf8(text)
  const parts = concat(Uint8Array.of(0, family), u32(slot), u32(bytes.length), bytes)
  const filled = new Uint8Array(Math.max(65, parts.length))
  filled.set(parts)
  return sha256(filled)
}

test('a leaf depends on its own text alone, whatever was hashed before it', () => {
  const lengths = [300, 5, 300, 54, 55, 56, 1, 2_000, 300, 9_000, 300, 55, 5, 1_013, 1_014, 2_000]
  for (const [slot, length] of lengths.entries()) {
    const text = String.fromCharCode(97 + slot).repeat(length)
    expect(leafOf({ family: 7, slot, text })).toEqual(plainLeafOf(7, slot, text))
    expect(leafOf({ family: 8, slot, text: `${text}é€` })).toEqual(
      plainLeafOf(8, slot, `${text}é€`),
    )
  }
})
