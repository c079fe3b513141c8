import { describe, expect, test } from 'vitest'
import { createCoreStorage } from '#node/recovery/core-storage.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import { filled } from '../storage/machine.ts'

const segmentsFrom = (
  storage: ReturnType<typeof filled>['storage'],
  fromHeight: number,
): readonly Segment[] => {
  const core = createCoreStorage({
    storage,
    wallMs: () => 0,
    onFailure: (error) => {
      throw error
    },
  })
  let found: readonly Segment[] | undefined
  core.segments(fromHeight, (segments) => {
    found = segments
  })
  if (found === undefined) throw new Error('no answer')
  return found
}

const heightsOf = (segments: readonly Segment[]): readonly (readonly number[])[] =>
  segments.map(({ blocks }) => blocks.map(({ header }) => header.height))

describe('final blocks served from a height', () => {
  test.each([0, 7, Number.MAX_SAFE_INTEGER])('%i that has none are none', (height) => {
    expect(segmentsFrom(filled(6).storage, height)).toEqual([])
  })

  test('are whole segments, the first one cut to begin there', () => {
    const { storage } = filled(6)
    expect(heightsOf(segmentsFrom(storage, 1))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(heightsOf(segmentsFrom(storage, 3))).toEqual([[3], [4, 5, 6]])
  })
})
