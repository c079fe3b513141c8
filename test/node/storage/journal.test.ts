import { describe, expect, test } from 'vitest'
import { type JournalRecord, recordView } from '#consensus/journal-record.ts'
import type { Done } from '#node/storage/completion.ts'
import type { DirectoryPort } from '#node/storage/file-port.ts'
import { type OpenedJournal, openJournal } from '#node/storage/journal.ts'
import type { StorageError } from '#node/storage/storage-error.ts'
import {
  createMemoryDisk,
  imageOf,
  type MemoryDisk,
  SECTOR_BYTES,
} from '../../support/memory-files.ts'
import {
  codeOf,
  EPOCH,
  floorAt,
  randomOf,
  reopen,
  SEGMENT_BYTES,
  valueFrom,
  voteIn,
} from './records.ts'

const write = (disk: MemoryDisk, writes: readonly (readonly JournalRecord[])[]): void => {
  const { journal } = reopen(disk, disk.contents().size > 0)
  for (const records of writes) {
    journal.write(records, (error) => {
      if (error !== undefined) throw error
    })
  }
}

const openCode = (disk: MemoryDisk, existing = true): string =>
  codeOf((answer) => openJournal(disk.directory, { segmentBytes: SEGMENT_BYTES, existing }, answer))

const bytesOf = (disk: MemoryDisk, file: string): Uint8Array => {
  const bytes = disk.contents().get(file)
  if (bytes === undefined) throw new Error(`no ${file}`)
  return bytes
}

const usedBytes = (disk: MemoryDisk, file = 'journal-0'): number =>
  bytesOf(disk, file).findLastIndex((byte) => byte !== 0) + 1

describe('the vote journal', () => {
  test('gives back what was written, in order, also in writes of several records', () => {
    const disk = createMemoryDisk()
    write(disk, [[EPOCH, voteIn(1)], [voteIn(2)], [voteIn(3), floorAt(2), { type: 'cleanStop' }]])
    disk.crash(() => 1)
    expect(reopen(disk).records).toEqual([
      EPOCH,
      voteIn(1),
      voteIn(2),
      voteIn(3),
      floorAt(2),
      { type: 'cleanStop' },
    ])
  })

  test('goes on after it was reopened', () => {
    const disk = createMemoryDisk()
    write(disk, [[EPOCH]])
    write(disk, [[voteIn(1)]])
    write(disk, [[voteIn(2)]])
    expect(reopen(disk).records).toEqual([EPOCH, voteIn(1), voteIn(2)])
  })

  test('a record lies on disk as consensus.md §10 says', () => {
    const disk = createMemoryDisk()
    write(disk, [[EPOCH], [{ type: 'cleanStop' }]])
    const view = new DataView(bytesOf(disk, 'journal-0').buffer)
    const second = 8 + view.getUint32(0)
    const third = second + 8 + view.getUint32(second)
    expect({
      length: view.getUint32(third),
      epoch: view.getBigUint64(third + 16),
      seq: view.getBigUint64(third + 24),
      type: view.getUint8(third + 32),
    }).toEqual({ length: 25, epoch: 1n, seq: 2n, type: 8 })
    expect(
      Buffer.from(bytesOf(disk, 'journal-0'))
        .subarray(0, third + 33)
        .toString('hex'),
    ).toBe(GOLDEN)
  })

  test('a last write torn at any byte is discarded, whole', () => {
    const disk = createMemoryDisk()
    write(disk, [[EPOCH], [voteIn(1)]])
    const start = usedBytes(disk)
    write(disk, [[voteIn(2), voteIn(3)]])
    const end = usedBytes(disk)
    const whole = bytesOf(disk, 'journal-0')
    for (let cut = start; cut < end; cut++) {
      const torn = createMemoryDisk()
      const bytes = whole.slice()
      bytes.fill(0, cut)
      torn.restore(new Map([...disk.snapshot(), ['journal-0', imageOf(bytes)]]))
      const { records, journal } = reopen(torn)
      expect(records).toEqual([EPOCH, voteIn(1)])
      journal.write([voteIn(4)], () => undefined)
      expect(reopen(torn).records).toEqual([EPOCH, voteIn(1), voteIn(4)])
    }
  })

  test('a last write that lost any of its sectors is discarded, whole', () => {
    for (let seed = 0; seed < 100; seed++) {
      const disk = createMemoryDisk()
      write(disk, [[EPOCH], [voteIn(1)]])
      const scheduled: (() => void)[] = []
      const slow = createMemoryDisk({ schedule: (_, complete) => scheduled.push(complete) })
      slow.restore(disk.snapshot())
      const opened: JournalRecord[][] = []
      openJournal(slow.directory, { segmentBytes: SEGMENT_BYTES, existing: true }, (result) => {
        if (!result.ok) throw result.error
        opened.push([...result.value.records])
        result.value.journal.write(
          Array.from({ length: 12 }, (_, at) => voteIn(2 + at)),
          () => {
            throw new Error('done before it is synced')
          },
        )
      })
      while (opened.length === 0) scheduled.shift()?.()
      slow.crash(randomOf(seed))
      const after = createMemoryDisk()
      after.restore(slow.snapshot())
      const { records } = reopen(after)
      expect([2, 14]).toContain(records.length)
      expect(records.slice(0, 2)).toEqual([EPOCH, voteIn(1)])
    }
  })

  test('a flipped bit anywhere before the last write is corrupt', () => {
    const disk = createMemoryDisk()
    write(disk, [[EPOCH], [voteIn(1)], [voteIn(2), voteIn(3)]])
    const last = usedBytes(disk)
    write(disk, [[voteIn(4)]])
    for (let offset = 0; offset < last; offset++) {
      const damaged = createMemoryDisk()
      damaged.restore(disk.snapshot())
      damaged.flip('journal-0', offset, offset % 8)
      expect(openCode(damaged)).toBe('journal_corrupt')
    }
  })

  test('bytes far behind the last record are corrupt', () => {
    const disk = createMemoryDisk()
    write(disk, [[EPOCH]])
    disk.flip('journal-0', SEGMENT_BYTES - 1, 0)
    expect(openCode(disk)).toBe('journal_corrupt')
  })

  test.each([
    ['a missing file', 'journal_missing', (disk: MemoryDisk) => disk.erase('journal-1')],
    ['no file at all', 'journal_missing', (disk: MemoryDisk) => disk.restore(new Map())],
    [
      'a shortened file',
      'journal_corrupt',
      (disk: MemoryDisk) => {
        const short = bytesOf(disk, 'journal-0').slice(0, 1_000)
        disk.restore(new Map([...disk.snapshot(), ['journal-0', imageOf(short)]]))
      },
    ],
    [
      'blank files',
      'journal_corrupt',
      (disk: MemoryDisk) => {
        const blank = new Uint8Array(SEGMENT_BYTES)
        disk.restore(
          new Map([
            ['journal-0', imageOf(blank)],
            ['journal-1', imageOf(blank)],
          ]),
        )
      },
    ],
  ])('%s of a node that voted is %s', (_, code, damage) => {
    const disk = createMemoryDisk()
    write(disk, [[EPOCH], [voteIn(1)]])
    damage(disk)
    expect(openCode(disk)).toBe(code)
  })

  test('a creation that a crash cut short begins anew', () => {
    const blank = new Uint8Array(100)
    const disk = createMemoryDisk()
    disk.restore(new Map([['journal-0', imageOf(blank)]]))
    expect(reopen(disk, false).records).toEqual([])
    const torn = new Uint8Array(SEGMENT_BYTES)
    torn.set([0, 0, 0, 25, 1, 2, 3])
    disk.restore(new Map([['journal-0', imageOf(torn)]]))
    expect(reopen(disk, false).records).toEqual([])
  })
})

/** Votes of rising views with a floor two behind, as a running authority writes them. */
const running = (views: number): readonly (readonly JournalRecord[])[] =>
  Array.from({ length: views }, (_, at) =>
    at > 2 ? [voteIn(at + 1), floorAt(at - 1)] : [voteIn(at + 1)],
  )

const stillNeeded = (records: readonly JournalRecord[], floor: number): readonly JournalRecord[] =>
  records.filter((record) => record.type === 'vote' && recordView(record) > floor)

describe('the change of segment', () => {
  test('keeps every record above the floor, over hundreds of changes', () => {
    const disk = createMemoryDisk()
    write(disk, [[EPOCH], ...running(2_000)])
    disk.crash(() => 1)
    const { records } = reopen(disk)
    expect(records[0]).toEqual(EPOCH)
    expect(stillNeeded(records, 1_998)).toEqual([voteIn(1_999), voteIn(2_000)])
    expect(records.length).toBeLessThan(100)
  })

  test('loses nothing acknowledged, wherever a crash hits and whatever sectors it tears', () => {
    let changes = 0
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomOf(seed)
      let left = 40 + Math.floor(random() * 600)
      let acknowledged = 0
      const disk = createMemoryDisk({
        schedule: (_, complete) => {
          left -= 1
          if (left > 0) complete()
        },
      })
      openJournal(disk.directory, { segmentBytes: SEGMENT_BYTES, existing: false }, (result) => {
        if (!result.ok) throw result.error
        const { journal } = result.value
        const next = (at: number): void => {
          const records = at === 0 ? [EPOCH] : (running(at)[at - 1] ?? [])
          journal.write(records, (error) => {
            if (error !== undefined) throw error
            acknowledged = at
            next(at + 1)
          })
        }
        next(0)
      })
      disk.crash(random)
      const after = createMemoryDisk()
      after.restore(disk.snapshot())
      const { records } = reopen(after)
      const views = stillNeeded(records, acknowledged - 2).map(recordView)
      expect(views).toContain(acknowledged)
      // A write that was not acknowledged may be there, and its floor with it.
      const floored = records.some(
        (record) => record.type === 'floor' && record.view === acknowledged - 1,
      )
      if (acknowledged > 1 && !floored) expect(views).toContain(acknowledged - 1)
      if (records.length < acknowledged) changes += 1
    }
    expect(changes).toBeGreaterThan(20)
  })

  test('a damaged beginning of the newer segment is corrupt, not a return to the older', () => {
    const disk = createMemoryDisk()
    write(disk, [[EPOCH], ...running(60)])
    const older = disk.snapshot().get('journal-0')
    let writes = 60
    while (usedBytes(disk, 'journal-1') === 0) {
      writes += 1
      write(disk, [[voteIn(writes), floorAt(writes - 2)]])
    }
    write(disk, [[voteIn(writes + 1)]])
    if (older === undefined) throw new Error('no older segment')
    disk.restore(new Map([...disk.snapshot(), ['journal-0', older]]))
    disk.flip('journal-1', 40, 0)
    expect(openCode(disk)).toBe('journal_corrupt')
  })

  test('what does not fit into half a segment is refused, and nothing is dropped', () => {
    const disk = createMemoryDisk()
    const { journal } = reopen(disk, false)
    const errors: (StorageError | undefined)[] = []
    for (let view = 1; view <= 200 && errors.at(-1) === undefined; view++) {
      journal.write([voteIn(view)], (error) => errors.push(error))
    }
    expect(errors.at(-1)?.code).toBe('journal_full')
    expect(reopen(disk).records).toHaveLength(errors.length - 1)
  })

  test('is closed only once the old segment is erased', () => {
    const held: (() => void)[] = []
    let isHolding = false
    const disk = createMemoryDisk({
      schedule: ({ act, file, bytes }, complete) => {
        const isErasure = act === 'write' && file === 'journal-0' && bytes > SECTOR_BYTES
        if (isHolding && isErasure) held.push(complete)
        else complete()
      },
    })
    const closed: string[] = []
    const logged = (name: string) => (done: Done) => {
      closed.push(name)
      done()
    }
    const watched: DirectoryPort = {
      ...disk.directory,
      preallocate: (name, size, answer) =>
        disk.directory.preallocate(name, size, (result) =>
          answer(
            result.ok ? { ok: true, value: { ...result.value, close: logged(name) } } : result,
          ),
        ),
    }
    const { journal } = valueFrom<OpenedJournal>((answer) =>
      openJournal(watched, { segmentBytes: SEGMENT_BYTES, existing: false }, answer),
    )
    isHolding = true
    for (const records of [[EPOCH], ...running(60)]) {
      if (held.length === 0) journal.write(records, () => undefined)
    }
    expect(held).toHaveLength(1)
    journal.close(() => closed.push('done'))
    expect(closed).toEqual([])
    for (const complete of held) complete()
    expect(closed).toEqual(['journal-0', 'journal-1', 'done'])
  })

  test('a failure to erase the old segment stops the journal', () => {
    let changed = false
    const disk = createMemoryDisk({
      fault: ({ act, file, bytes }) =>
        changed && act === 'write' && file === 'journal-0' && bytes > SECTOR_BYTES
          ? 'EIO'
          : undefined,
    })
    const { journal } = reopen(disk, false)
    const codes: string[] = []
    for (const records of [[EPOCH], ...running(60)]) {
      changed = true
      journal.write(records, (error) => codes.push(error?.code ?? 'ok'))
    }
    expect(codes[0]).toBe('ok')
    expect(codes.at(-1)).toBe('io_failed')
  })
})

describe('a disk that fails', () => {
  test.each([
    ['EIO at the sync', 'sync', 'EIO', 'io_failed'],
    ['EIO at the write', 'write', 'EIO', 'io_failed'],
    ['no space at the write', 'write', 'ENOSPC', 'disk_full'],
  ] as const)('%s is told, never swallowed', (_, act, system, code) => {
    let failing = false
    const disk = createMemoryDisk({
      fault: (asked) => (failing && asked.act === act ? system : undefined),
    })
    const { journal } = reopen(disk, false)
    failing = true
    const codes: (string | undefined)[] = []
    journal.write([EPOCH], (error) => codes.push(error?.code))
    expect(codes).toEqual([code])
  })

  test('no space for a new journal is told', () => {
    const disk = createMemoryDisk({ fault: () => 'ENOSPC' })
    expect(openCode(disk, false)).toBe('disk_full')
  })
})

const GOLDEN =
  '000000197285fefd000000000000000000000000000000000000000000000000ff' +
  '00000061d81499f21ffcb37abfc645c60000000000000001000000000000000106' +
  '00000000000000016ee0eb490ff832101cf82a3d387c35f29e4230be786978f7acf9e811febf6723' +
  'aeebad4a796fcc2e15dc4c6061b45ed9b373f26adfc798ca7d2d8cc58182718e' +
  '000000198c67257ff49894388d6917880000000000000001000000000000000208'
