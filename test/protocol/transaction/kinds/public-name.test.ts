import { describe, expect, test } from 'vitest'
import { PublicName } from '#protocol/transaction/kinds/public-name.ts'
import vectors from '../../../vectors/public-name.json' with { type: 'json' }

const textOf = (points: readonly string[]): string =>
  points.map((point) => String.fromCodePoint(Number.parseInt(point, 16))).join('')

const isName = (text: string): boolean => PublicName.safeParse(text).success

describe('a public name, by the list of code points and not by any table of an engine', () => {
  test.each(vectors.accepted)('is $points: $why', ({ points }) => {
    expect(isName(textOf(points))).toBe(true)
  })

  test.each(vectors.refused)('is not $points: $why', ({ points }) => {
    expect(isName(textOf(points))).toBe(false)
  })

  test('is judged by its length before its characters', () => {
    expect(isName('a'.repeat(1_000_000))).toBe(false)
  })
})
