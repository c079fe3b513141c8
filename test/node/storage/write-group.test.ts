import { describe, expect, test } from 'vitest'
import { openBlockLog } from '#node/storage/block-log.ts'
import { createFirstFailure } from '#node/storage/first-failure.ts'
import { WRITE_PENDING_BYTES_MAX } from '#node/storage/limits.ts'
import { createWriteGroup, type WriteGroup } from '#node/storage/write-group.ts'
import { createMemoryDisk, type DiskAct, type MemoryDisk } from '../../support/memory-files.ts'
import { chainOf, reopen, valueFrom, voteIn } from './records.ts'

/** A write group on disks whose syncs end when the test says. */
const setUp = (fault?: (act: DiskAct) => string | undefined) => {
  let held: { act: DiskAct; complete: () => void }[] | undefined
  const options = {
    schedule: (act: DiskAct, complete: () => void) => {
      if (held === undefined) complete()
      else held.push({ act, complete })
    },
    fault: (act: DiskAct) => (held === undefined ? undefined : fault?.(act)),
  }
  const journalDisk = createMemoryDisk(options)
  const blockDisk = createMemoryDisk(options)
  const { journal } = reopen(journalDisk, false)
  const { blockLog } = valueFrom((answer: Parameters<typeof openBlockLog>[2]) =>
    openBlockLog(blockDisk.directory, { segmentBytes: 8_388_608, from: undefined }, answer),
  )
  const logged: number[] = []
  const group = createWriteGroup({
    journal,
    blockLog,
    failure: createFirstFailure(),
    onLogged: ({ header }) => logged.push(header.height),
  })
  held = []
  const release = (): void => {
    for (let next = held?.shift(); next !== undefined; next = held?.shift()) next.complete()
  }
  return { group, journalDisk, blockDisk, release, held, logged }
}

const observed = (group: WriteGroup, views: readonly number[]): string[] => {
  const seen: string[] = []
  for (const view of views) {
    group.write({ journal: [voteIn(view)], blocks: [] }, (error) =>
      seen.push(error === undefined ? `${view}` : `${view} ${error.code}`),
    )
  }
  return seen
}

const recordsIn = (disk: MemoryDisk): number => {
  const after = createMemoryDisk()
  after.restore(disk.snapshot())
  return reopen(after).records.length
}

describe('a group of writes', () => {
  test('is done only when journal and block log are synced', () => {
    const { group, release, journalDisk, logged } = setUp()
    const done: string[] = []
    group.write({ journal: [voteIn(1)], blocks: chainOf(2) }, () => {
      done.push(`records ${recordsIn(journalDisk)}`, `logged ${logged.join()}`)
    })
    expect(done).toEqual([])
    release()
    expect(done).toEqual(['records 1', 'logged 1,2'])
  })

  test('has the blocks on disk before the journal names them', () => {
    const { group, held } = setUp()
    group.write({ journal: [voteIn(1)], blocks: chainOf(1) }, () => undefined)
    const acts: string[] = []
    for (let next = held.shift(); next !== undefined; next = held.shift()) {
      acts.push(`${next.act.act} ${next.act.file}`)
      next.complete()
    }
    expect(acts).toEqual([
      'write blocks-00000000',
      'sync blocks-00000000',
      'write journal-0',
      'sync journal-0',
    ])
  })

  test('joins what arrives during a sync into the next one, in order', () => {
    const { group, release, journalDisk } = setUp()
    const before = journalDisk.syncs()
    const seen = observed(group, [1, 2, 3, 4, 5])
    expect(seen).toEqual([])
    release()
    expect(seen).toEqual(['1', '2', '3', '4', '5'])
    expect(journalDisk.syncs() - before).toBe(2)
  })

  test('a write of nothing waits for those before it', () => {
    const { group, release } = setUp()
    const seen = observed(group, [1])
    group.write({ journal: [], blocks: [] }, () => seen.push('nothing'))
    expect(seen).toEqual([])
    release()
    expect(seen).toEqual(['1', 'nothing'])
  })

  test.each([
    ['sync', 'EIO', 'io_failed'],
    ['write', 'EIO', 'io_failed'],
    ['write', 'ENOSPC', 'disk_full'],
  ])('a failed %s (%s) fails everything after it', (act, system, code) => {
    const { group, release } = setUp((asked) => (asked.act === act ? system : undefined))
    const seen = observed(group, [1, 2])
    release()
    expect(seen).toEqual([`1 ${code}`, `2 ${code}`])
    expect(observed(group, [3])).toEqual(['3 storage_failed'])
    expect(group.pendingBytes()).toBe(0)
  })

  test('more than the bound of pending bytes stops it', () => {
    const { group, release } = setUp()
    const seen: (string | undefined)[] = []
    const blocks = chainOf(8, 1_000_000)
    const writes = Math.ceil(WRITE_PENDING_BYTES_MAX / 8_000_000) + 1
    for (let at = 0; at < writes; at++) {
      group.write({ journal: [], blocks }, (error) => seen.push(error?.code))
    }
    expect(seen).toContain('write_queue_full')
    release()
    expect(group.pendingBytes()).toBe(0)
    expect(observed(group, [1])).toEqual(['1 storage_failed'])
  })

  test('closing waits for what is being written and refuses what comes later', () => {
    const { group, release } = setUp()
    const seen = observed(group, [1])
    group.close(() => seen.push('closed'))
    release()
    expect(seen).toEqual(['1', 'closed'])
    expect(observed(group, [2])).toEqual(['2 storage_failed'])
  })
})
