import { describe, expect, test } from 'vitest'
import { BeforeCopyError } from '#api/ports/before-copy.ts'
import { lastHeightBefore } from '#node/reads/block-times.ts'
import { blockPage, blockSummaryAt } from '#node/reads/chain-pages.ts'
import { createEventPages } from '#node/reads/event-pages.ts'
import { createCoreStorage } from '#node/recovery/core-storage.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import { BEGIN, begunStore } from './begun-store.ts'

describe('a copy that began with a snapshot', () => {
  test('lists blocks down to that of the snapshot, and knows the ends of epochs before', () => {
    const store = begunStore()
    const { items, next } = blockPage(store, { limit: 10 })
    expect(items.map(({ header }) => header.height)).toEqual([BEGIN + 2, BEGIN + 1, BEGIN])
    expect(next).toBeUndefined()
    expect(blockSummaryAt(store, 1)?.header.height).toBe(1)
    expect(() => blockSummaryAt(store, BEGIN - 1)).toThrow(BeforeCopyError)
  })

  test('tells events from the first block after it, and nobody that it has those before', async () => {
    const { storage, recent } = begunStore()
    const page = createEventPages({ storage, recent, tillOf: () => undefined })
    const { entries } = await page({ height: 0, index: -1 }, 10)
    const heights = entries.map((entry) => ('event' in entry ? entry.event.height : entry.height))
    expect(heights).toEqual([BEGIN + 1, BEGIN + 1, BEGIN + 2, BEGIN + 2])
    expect(() => page({ height: BEGIN - 7, index: 0 }, 10)).toThrow(BeforeCopyError)
    const above = await page({ height: BEGIN + 1, index: 5_000 }, 10)
    expect(above.entries).toHaveLength(2)
  })

  test('finds no block before it by time', () => {
    const { storage } = begunStore()
    expect(lastHeightBefore(storage, 0, BEGIN + 2)).toBe(BEGIN - 1)
  })

  test('serves final blocks from the first one that it has whole', () => {
    const { storage } = begunStore()
    const core = createCoreStorage({
      storage,
      wallMs: () => 0,
      onFailure: (error) => {
        throw error
      },
    })
    const from = (height: number): readonly Segment[] => {
      let found: readonly Segment[] = []
      core.segments(height, (segments) => {
        found = segments
      })
      return found
    }
    expect(from(1)).toEqual([])
    expect(from(BEGIN)).toEqual([])
    expect(from(BEGIN + 1).map(({ certificate }) => certificate.view)).toEqual([
      BEGIN + 1,
      BEGIN + 2,
    ])
  })
})
