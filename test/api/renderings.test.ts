import { describe, expect, test } from 'vitest'
import { Renderings } from '#api/events/renderings.ts'
import { RENDERING_BYTES_MAX, RENDERINGS_MAX, STREAM_CHUNK_BYTES } from '#api/limits.ts'
import type { EventPage } from '#api/ports/events.ts'
import { event } from './fake-ports.ts'

const pageOf = (sales: number): EventPage => ({
  entries: Array.from({ length: sales }, (_, index) => ({
    kind: 'transaction',
    event: event({ index }),
  })),
  next: { height: 1, index: sales },
  more: false,
})

const ALL = { blocks: true }

describe('the bytes of a page', () => {
  test('are made once for streams that show the same of it', () => {
    const renderings = new Renderings()
    const page = pageOf(3)
    const kinds = new Set(['sale', 'refund'])
    const first = renderings.of(page, { ...ALL, kinds })
    expect(renderings.of(page, { ...ALL, kinds: new Set(['refund', 'sale']) })).toBe(first)
    expect(renderings.of(page, ALL)).not.toBe(first)
    expect(renderings.of(pageOf(3), { ...ALL, kinds })).not.toBe(first)
  })

  test('are forgotten when others came after', () => {
    const renderings = new Renderings()
    const page = pageOf(1)
    const first = renderings.of(page, ALL)
    for (let n = 0; n < RENDERINGS_MAX; n++) renderings.of(pageOf(1), ALL)
    expect(renderings.of(page, ALL)).not.toBe(first)
  })

  test('are all there in chunks, whether they are kept or made on the way', () => {
    for (const sales of [1, 300, 5_000]) {
      const chunks = [...new Renderings().of(pageOf(sales), ALL)]
      const text = Buffer.concat(chunks).toString()
      expect(text.split('\n\n')).toHaveLength(sales + 1)
      expect(chunks.every(({ length }) => length <= STREAM_CHUNK_BYTES)).toBe(true)
      expect(text.length > RENDERING_BYTES_MAX).toBe(sales === 5_000)
    }
  })
})
