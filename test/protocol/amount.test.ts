import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AMOUNT_MAX, Amount, add, fits, subtract, Units, units, ZERO } from '#protocol/amount.ts'

describe('an amount is a safe integer', () => {
  test.each([
    [1, true],
    [AMOUNT_MAX, true],
    [0, false],
    [-1, false],
    [AMOUNT_MAX + 1, false],
    [0.1, false],
    [Number.NaN, false],
    [Number.POSITIVE_INFINITY, false],
    ['1', false],
    [1n, false],
    [null, false],
  ])('%s: %s', (value, valid) => {
    expect(Amount.safeParse(value).success).toBe(valid)
  })

  test('nothing is a quantity, yet moves nothing', () => {
    expect(Units.safeParse(0).success).toBe(true)
    expect(units(0)).toBe(ZERO)
  })

  test.each([-1, 0.5, AMOUNT_MAX + 1, Number.NaN])('our own code never makes %s', (value) => {
    expect(() => units(value)).toThrow(RangeError)
  })
})

describe('sums are exact or our mistake', () => {
  const anyUnits = fc.maxSafeNat().map((value) => units(value))

  test('adding and taking away are inverse, wherever the sum fits', () => {
    fc.assert(
      fc.property(anyUnits, anyUnits, (a, b) => {
        if (fits(a, b)) expect(subtract(add(a, b), b)).toBe(a)
        else expect(() => add(a, b)).toThrow(RangeError)
      }),
    )
  })

  test('whether a sum fits is what exact arithmetic says', () => {
    fc.assert(
      fc.property(anyUnits, anyUnits, (a, b) => {
        expect(fits(a, b)).toBe(BigInt(a) + BigInt(b) <= BigInt(AMOUNT_MAX))
      }),
    )
    expect(fits(units(AMOUNT_MAX), ZERO)).toBe(true)
    expect(fits(units(AMOUNT_MAX), units(1))).toBe(false)
  })

  test('less than nothing is our mistake', () => {
    expect(() => subtract(units(1), units(2))).toThrow(RangeError)
  })
})
