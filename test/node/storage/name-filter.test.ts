import fc from 'fast-check'
import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import { NameFilter } from '#node/storage/name-filter.ts'

describe('a filter of names', () => {
  test('never denies a name that was added', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (names) => {
        const filter = new NameFilter()
        for (const name of names) filter.add(name)
        expect(names.every((name) => filter.mayHold(name))).toBe(true)
      }),
    )
  })

  test('denies nearly all other payment ids', () => {
    const filter = new NameFilter()
    const name = () => `place/${v7()}`
    for (let added = 0; added < 10_000; added++) filter.add(name())
    const vain = Array.from({ length: 10_000 }, name).filter((each) => filter.mayHold(each))
    expect(vain.length).toBeLessThan(300)
  })
})
