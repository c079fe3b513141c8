import { describe, expect, test } from 'vitest'
import { type BlockLogOptions, type OpenedBlockLog, openBlockLog } from '#node/storage/block-log.ts'
import type { BlockPosition } from '#node/storage/block-position.ts'
import type { Block } from '#protocol/chain/block.ts'
import { createMemoryDisk, imageOf, type MemoryDisk } from '../../support/memory-files.ts'
import { chainOf, codeOf, randomOf, valueFrom } from './records.ts'

const SEGMENT_BYTES = 16_384
const NO_BYTES = new Uint8Array(0)

const open = (disk: MemoryDisk, from?: BlockPosition): OpenedBlockLog =>
  valueFrom((answer) => openBlockLog(disk.directory, optionsFrom(from), answer))

const optionsFrom = (from: BlockPosition | undefined): BlockLogOptions => ({
  segmentBytes: SEGMENT_BYTES,
  from,
})

const openCode = (disk: MemoryDisk, from?: BlockPosition): string =>
  codeOf((answer) => openBlockLog(disk.directory, optionsFrom(from), answer))

const write = ({ blockLog }: OpenedBlockLog, ...blocks: readonly Block[]): BlockPosition[] => [
  ...valueFrom<readonly BlockPosition[]>((answer) => blockLog.write(blocks, answer)),
]

const digests = (blocks: readonly { readonly digest: string }[]): string[] =>
  blocks.map(({ digest }) => digest)

const file = (disk: MemoryDisk, name = 'blocks-00000000'): Uint8Array =>
  disk.contents().get(name) ?? NO_BYTES

describe('the block log', () => {
  const blocks = chainOf(60, 1_000)

  test('gives back each block at its position, over several segments and after a restart', () => {
    const disk = createMemoryDisk()
    const log = open(disk)
    const positions = blocks.slice(0, 50).map((block) => write(log, block)[0])
    positions.push(...write(log, ...blocks.slice(50, 53)))
    expect(positions.at(-1)?.segment).toBeGreaterThan(2)
    disk.crash(() => 1)
    const again = open(disk)
    expect(digests(again.blocks)).toEqual(digests(blocks.slice(0, 53)))
    expect(again.blocks.map(({ position }) => position)).toEqual(positions)
    for (const [index, position] of positions.entries()) {
      if (position === undefined) throw new Error('no position')
      const block = valueFrom<Block>((answer) => again.blockLog.read(position, answer))
      expect(block).toEqual(blocks[index])
    }
  })

  test('is read from a given block on', () => {
    const disk = createMemoryDisk()
    const log = open(disk)
    const positions = blocks.map((block) => write(log, block)[0])
    expect(digests(open(disk, positions[37]).blocks)).toEqual(digests(blocks.slice(37)))
  })

  test('goes on after the end that was found', () => {
    const disk = createMemoryDisk()
    for (const block of blocks) write(open(disk), block)
    expect(digests(open(disk).blocks)).toEqual(digests(blocks))
  })

  test('discards a last write torn at any byte, and overwrites it', () => {
    const disk = createMemoryDisk()
    const log = open(disk)
    const [first, second, third] = chainOf(3, 30)
    if (!first || !second || !third) throw new Error('no blocks')
    write(log, first)
    const [torn] = write(log, second)
    if (torn === undefined) throw new Error('no position')
    for (let cut = torn.offset; cut < torn.offset + torn.length; cut++) {
      const bytes = file(disk)
      bytes.fill(0, cut)
      const after = createMemoryDisk()
      after.restore(new Map([['blocks-00000000', imageOf(bytes)]]))
      const opened = open(after)
      expect(digests(opened.blocks)).toEqual([first.digest])
      write(opened, third)
      expect(digests(open(after).blocks)).toEqual([first.digest, third.digest])
    }
  })

  test('keeps every acknowledged block, wherever a crash hits and whatever sectors it tears', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomOf(seed)
      let left = 5 + Math.floor(random() * 100)
      const disk = createMemoryDisk({
        schedule: (_, complete) => {
          left -= 1
          if (left > 0) complete()
        },
      })
      let acknowledged = 0
      openBlockLog(disk.directory, optionsFrom(undefined), (result) => {
        if (!result.ok) throw result.error
        const next = (at: number): void => {
          const block = blocks[at]
          if (block === undefined) return
          result.value.blockLog.write([block], () => {
            acknowledged = at + 1
            next(at + 1)
          })
        }
        next(0)
      })
      disk.crash(random)
      const after = createMemoryDisk()
      after.restore(disk.snapshot())
      const found = digests(open(after).blocks)
      expect(found.length - acknowledged).toBeOneOf([0, 1])
      expect(found).toEqual(digests(blocks.slice(0, found.length)))
    }
  })

  test('a flipped bit before the last write is corrupt', () => {
    const disk = createMemoryDisk()
    const log = open(disk)
    const [last] = blocks
      .slice(0, 3)
      .map((block) => write(log, block)[0])
      .slice(-1)
    for (let offset = 0; offset < (last?.offset ?? 0); offset += 7) {
      const damaged = createMemoryDisk()
      damaged.restore(disk.snapshot())
      damaged.flip('blocks-00000000', offset, offset % 8)
      expect(openCode(damaged)).toBe('block_log_corrupt')
    }
  })

  test.each<[string, (disk: MemoryDisk) => void]>([
    ['a segment that is missing', (disk) => disk.erase('blocks-00000001')],
    [
      'a last segment that was cut short',
      (disk) => {
        const name = [...disk.contents().keys()].at(-2) ?? ''
        const short = file(disk, name).slice(0, 3_000)
        const kept = [...disk.snapshot()].filter(([key]) => key < name)
        disk.restore(new Map([...kept, [name, imageOf(short)]]))
      },
    ],
    [
      'a torn end in an older segment',
      (disk) =>
        disk.flip(
          'blocks-00000000',
          file(disk).findLastIndex((byte) => byte !== 0),
          1,
        ),
    ],
  ])('%s is corrupt', (_, damage) => {
    const disk = createMemoryDisk()
    const log = open(disk)
    for (const block of blocks) write(log, block)
    damage(disk)
    expect(openCode(disk)).toBe('block_log_corrupt')
  })

  test('a position where no block lies is corrupt', () => {
    const disk = createMemoryDisk()
    const log = open(disk)
    for (const block of blocks) write(log, block)
    expect(openCode(disk, { segment: 0, offset: 5, length: 100, index: 0 })).toBe(
      'block_log_corrupt',
    )
    expect(openCode(disk, { segment: 900, offset: 0, length: 100, index: 0 })).toBe(
      'block_log_corrupt',
    )
  })

  test('a block whose bytes changed is told when it is read', () => {
    const disk = createMemoryDisk()
    const log = open(disk)
    const [position] = write(log, ...chainOf(1))
    if (position === undefined) throw new Error('no position')
    disk.flip('blocks-00000000', position.offset + position.length - 1, 3)
    expect(codeOf((answer) => log.blockLog.read(position, answer))).toBe('block_log_corrupt')
  })

  test('no space for the next segment is told when it is needed', () => {
    let full = false
    const disk = createMemoryDisk({
      fault: ({ act }) => (full && act === 'preallocate' ? 'ENOSPC' : undefined),
    })
    const log = open(disk)
    full = true
    const codes = blocks.map((block) => codeOf((answer) => log.blockLog.write([block], answer)))
    expect(codes[0]).toBe('ok')
    expect(codes.at(-1)).toBe('disk_full')
  })

  test('no space for it earlier on is nothing, once there is room again', () => {
    let full = false
    const disk = createMemoryDisk({
      fault: ({ act }) => (full && act === 'preallocate' ? 'ENOSPC' : undefined),
    })
    const log = open(disk)
    const codes = blocks.map((block) => {
      full =
        file(disk, 'blocks-00000001').length === 0 && lengthOf(file(disk)) < SEGMENT_BYTES * 0.75
      return codeOf((answer) => log.blockLog.write([block], answer))
    })
    expect(new Set(codes)).toEqual(new Set(['ok']))
    expect(digests(open(disk).blocks)).toEqual(digests(blocks))
  })
})

const lengthOf = (bytes: Uint8Array): number => bytes.findLastIndex((byte) => byte !== 0) + 1
