import { describe, expect, test } from 'vitest'
import { createBookPasses } from '#node/reads/book-passes.ts'
import { encodeId, type PlaceId } from '#protocol/id.ts'

const place = (n: number): PlaceId => encodeId('plc', new Uint8Array(32).fill(n))
const OWN = 1

/** Each as `place/credential`. */
type Case = { readonly open: readonly string[]; readonly next: string; readonly fits: boolean }

const reader = (text: string) => {
  const [of = '', keyId = ''] = text.split('/')
  return { place: place(Number(of)), keyId }
}

describe('a pass over the books of a place', () => {
  test.each<[string, Case]>([
    ['one credential reads once at a time', { open: ['2/a'], next: '2/a', fits: false }],
    ['another of the same place reads beside it', { open: ['2/a'], next: '2/b', fits: true }],
    ['a place has half of all', { open: ['2/a', '2/b'], next: '2/c', fits: false }],
    ['this node’s own has no more', { open: ['1/a', '1/b'], next: '1/c', fits: false }],
    ['one place leaves room for another', { open: ['2/a', '2/b'], next: '3/c', fits: true }],
    ['others leave room for the own', { open: ['2/a', '2/b', '3/c'], next: '1/d', fits: true }],
    ['and keep it free', { open: ['2/a', '2/b', '3/c'], next: '3/d', fits: false }],
    ['all have an end', { open: ['1/a', '1/b', '2/c', '3/d'], next: '4/e', fits: false }],
  ])('%s', (_, { open, next, fits }) => {
    const passes = createBookPasses(() => place(OWN))
    const closes = open.map((one) => passes.open(reader(one)))
    expect(closes).not.toContain(undefined)
    expect(passes.open(reader(next)) !== undefined).toBe(fits)
  })

  test('that ends makes room once, however often it is said', () => {
    const passes = createBookPasses(() => undefined)
    const [first, second] = [passes.open(reader('2/a')), passes.open(reader('2/b'))]
    first?.()
    first?.()
    expect(passes.open(reader('2/c'))).toBeDefined()
    expect(passes.open(reader('2/d'))).toBeUndefined()
    expect(second).toBeDefined()
  })
})
