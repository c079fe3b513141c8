import { describe, expect, it } from 'vitest'
import { medianBy, medianOf } from '#scripts/bench/median.ts'

describe('a median', () => {
  it.each([
    { of: [7], is: 7 },
    { of: [3, 1, 2], is: 2 },
    { of: [100, 1, 2, 3, 50], is: 3 },
    { of: [4, 1, 3, 2], is: 2 },
  ])('of $of is $is, one that was measured', ({ of, is }) => {
    expect(medianOf(of)).toBe(is)
  })

  it('by a figure is the whole of what had it', () => {
    const rounds = [
      { efficiency: 0.9, rate: 1 },
      { efficiency: 0.4, rate: 2 },
      { efficiency: 0.5, rate: 3 },
    ]
    expect(medianBy(rounds, ({ efficiency }) => efficiency).rate).toBe(3)
  })

  it('of nothing is none', () => {
    expect(() => medianOf([])).toThrow(RangeError)
  })
})
