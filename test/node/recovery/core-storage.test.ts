import { describe, expect, test } from 'vitest'
import { createCoreStorage } from '#node/recovery/core-storage.ts'
import { openStorage, type Storage } from '#node/storage/storage.ts'
import { BLOCK_BODY_BYTES_MAX, SEGMENT_BLOCKS_MAX } from '#protocol/chain/chain-limits.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import { createMemoryDisk } from '../../support/memory-files.ts'
import { createMemoryKeyValues } from '../../support/memory-key-values.ts'
import { commit, createChain, createMachine, filled } from '../storage/machine.ts'
import { chainOf, EPOCH, valueFrom } from '../storage/records.ts'

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

/** A store whose blocks became final by runs of these lengths. */
const storeOf = (...runs: readonly number[]): Storage => {
  const machine = createMachine()
  const chain = createChain()
  const ports = machine.ports()
  const storage = valueFrom<Storage>((answer) =>
    openStorage(ports, { journal: 65_536, blocks: 4 * 1_048_576 }, answer),
  )
  storage.chain.begin(chain.genesis, () => undefined)
  for (const length of runs) {
    commit(
      storage,
      Array.from({ length }, () => chain.next()),
    )
  }
  return storage
}

describe('final blocks of which many became final at once', () => {
  test('are served by the end of their run when it is longer than an answer', () => {
    const storage = storeOf(3, SEGMENT_BLOCKS_MAX + 40, 2)
    const run = segmentsFrom(storage, 4)
    expect(heightsOf(run).map((heights) => [heights.length, heights[0], heights.at(-1)])).toEqual([
      [SEGMENT_BLOCKS_MAX, 44, 3 + SEGMENT_BLOCKS_MAX + 40],
    ])
    expect(heightsOf(segmentsFrom(storage, 1))).toEqual([[1, 2, 3]])
    const rest = segmentsFrom(storage, 44)
    expect(heightsOf(rest).map(({ length }) => length)).toEqual([SEGMENT_BLOCKS_MAX])
  })

  test('are no more than one answer holds, over all segments', () => {
    const storage = storeOf(...Array.from({ length: 60 }, () => 10))
    const segments = segmentsFrom(storage, 1)
    expect(heightsOf(segments).flat()).toHaveLength(Math.floor(SEGMENT_BLOCKS_MAX / 10) * 10)
  })
})

test('blocks beyond one frame of the log are written before the records that name them', () => {
  const machine = createMachine()
  const open = (): Storage =>
    valueFrom((answer) =>
      openStorage(machine.ports(), { journal: 65_536, blocks: 32 * 1_048_576 }, answer),
    )
  const blocks = chainOf(12, BLOCK_BODY_BYTES_MAX)
  const core = createCoreStorage({
    storage: open(),
    wallMs: () => 0,
    onFailure: (error) => {
      throw error
    },
  })
  let written = 0
  core.write({ records: [EPOCH], blocks }, () => {
    written += 1
  })
  expect(written).toBe(1)
  const { logged, records } = open()
  expect(logged.map(({ digest }) => digest)).toEqual(blocks.map(({ digest }) => digest))
  expect(records).toEqual([EPOCH])
})

test('a block that finds no room in the log stops the node as disk_full, not by what came after it', () => {
  let isFull = false
  const log = createMemoryDisk({
    fault: ({ act }) => (isFull && act === 'preallocate' ? 'ENOSPC' : undefined),
  })
  const ports = {
    journal: createMemoryDisk().directory,
    blocks: log.directory,
    keyValues: createMemoryKeyValues().open(),
  }
  const sizes = { journal: 65_536, blocks: 4 * 1_048_576 }
  const storage = valueFrom<Storage>((answer) => openStorage(ports, sizes, answer))
  const codes: string[] = []
  const core = createCoreStorage({
    storage,
    wallMs: () => 0,
    onFailure: ({ code }) => codes.push(code),
  })
  isFull = true
  core.write({ records: [EPOCH], blocks: chainOf(12, BLOCK_BODY_BYTES_MAX) }, () => undefined)
  expect(codes).toEqual(['disk_full'])
})
