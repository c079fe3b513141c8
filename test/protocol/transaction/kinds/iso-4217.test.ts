import { describe, expect, test } from 'vitest'
import { looksLikeIsoCurrency } from '#protocol/transaction/kinds/iso-4217.ts'

describe('a local currency is never called like a state’s', () => {
  test.each([
    ['EUR', true],
    ['CHF', true],
    ['XAF', true],
    ['XXX', true],
    ['ZWG', true],
    ['EUR1', true],
    ['EUR2026', true],
    ['TOP5', true],
    ['EURO', true],
    ['XEUR', true],
    ['USDT', true],
    ['CUP2', true],
    ['BEER', false],
    ['BAR', false],
    ['TOPS', false],
    ['MADRID', false],
    ['EUROPA', false],
    ['TIME', false],
    ['K7', false],
  ])('%s: %s', (code, looks) => {
    expect(looksLikeIsoCurrency(code)).toBe(looks)
  })

  test('every currency this runtime knows is on the list, but those withdrawn', () => {
    const withdrawn = ['HRK', 'SLL', 'ZWL']
    const missing = Intl.supportedValuesOf('currency').filter((code) => !looksLikeIsoCurrency(code))
    expect(missing.filter((code) => !withdrawn.includes(code))).toEqual([])
  })
})
