import { describe, expect, test } from 'vitest'
import type { JournalRecord } from '#consensus/journal-record.ts'
import type { OpenedJournal } from '#node/storage/journal.ts'
import { LOST_JOURNALS_MAX } from '#node/storage/limits.ts'
import { type LostJournal, openJournalOrForget } from '#node/storage/lost-journal.ts'
import { createMemoryDisk, type MemoryDisk } from '../../support/memory-files.ts'
import { floorAt, SEGMENT_BYTES, valueFrom, voteIn } from './records.ts'

const FORGOTTEN: JournalRecord = { type: 'amnesia', cause: 'journal_corrupt' }

type Opened = OpenedJournal & { readonly lost: LostJournal | undefined }

const open = ({ directory }: MemoryDisk, existing = true): Opened =>
  valueFrom((answer) =>
    openJournalOrForget(directory, { segmentBytes: SEGMENT_BYTES, existing }, answer),
  )

/** A journal with a few votes, the first of which is damaged. */
const damaged = (): MemoryDisk => {
  const disk = createMemoryDisk()
  const { journal } = open(disk, false)
  for (const view of [1, 2, 3]) journal.write([voteIn(view)], () => undefined)
  disk.flip('journal-0', 60, 3)
  return disk
}

const setAside = (disk: MemoryDisk): readonly string[] =>
  [...disk.contents().keys()].filter((name) => name.includes('lost'))

describe('a journal that cannot be used', () => {
  test('is kept byte by byte, and a new one begins with the word of it', () => {
    const disk = damaged()
    const before = disk.contents().get('journal-0')
    const { records, lost } = open(disk)
    expect(records).toEqual([FORGOTTEN])
    expect(lost).toMatchObject({ code: 'journal_corrupt', kept: ['journal-0.lost-1'] })
    expect(disk.contents().get('journal-0.lost-1')).toEqual(before)
    expect(open(disk)).toMatchObject({ records: [FORGOTTEN], lost: undefined })
  })

  test('is the last word of nothing: what is voted later follows it', () => {
    const disk = damaged()
    const refusal: JournalRecord = { type: 'refusal', epoch: 1, view: 9 }
    open(disk).journal.write([refusal, voteIn(10)], () => undefined)
    expect(open(disk).records).toEqual([FORGOTTEN, refusal, voteIn(10)])
  })

  test('leaves the refusal and later votes when the new one begins a segment', () => {
    const disk = damaged()
    const { journal } = open(disk)
    journal.write([voteIn(4), { type: 'amnesia', cause: 'journal_rolled_back' }], () => undefined)
    const refusal: JournalRecord = { type: 'refusal', epoch: 1, view: 9 }
    journal.write([refusal], () => undefined)
    let view = 10
    const changed = (): boolean =>
      disk
        .contents()
        .get('journal-1')
        ?.some((byte) => byte !== 0) ?? false
    for (; !changed(); view++) {
      journal.write([voteIn(view), floorAt(view - 2)], () => undefined)
    }
    const { records } = open(disk)
    expect(records).toContainEqual(refusal)
    expect(records).toContainEqual(voteIn(view - 1))
    expect(records).not.toContainEqual(voteIn(4))
  })

  test('and then another one: the newest are kept', () => {
    const disk = damaged()
    for (let loss = 1; loss <= LOST_JOURNALS_MAX + 3; loss++) {
      open(disk).journal.write([voteIn(loss)], () => undefined)
      disk.flip('journal-0', 10, 1)
    }
    const newest = LOST_JOURNALS_MAX + 3
    const expected = Array.from({ length: LOST_JOURNALS_MAX }, (_, index) => newest - index)
    expect(setAside(disk).toSorted()).toEqual(
      expected.map((number) => `journal-0.lost-${number}`).toSorted(),
    )
  })

  test('is found again after a death at any act of its disk, and nothing of it is lost', () => {
    for (let acts = 0; acts < 40; acts++) {
      const damagedDisk = damaged()
      const before = damagedDisk.contents().get('journal-0')
      let left = acts
      const scheduled: (() => void)[] = []
      const disk = createMemoryDisk({ schedule: (_, complete) => scheduled.push(complete) })
      disk.restore(damagedDisk.snapshot())
      let done = false
      openJournalOrForget(disk.directory, { segmentBytes: SEGMENT_BYTES, existing: true }, () => {
        done = true
      })
      for (; left > 0 && !done; left--) scheduled.shift()?.()
      disk.crash(() => 0)
      const after = createMemoryDisk()
      after.restore(disk.snapshot())
      expect(open(after).records[0]).toMatchObject({ type: 'amnesia' })
      const kept = setAside(after).map((name) => after.contents().get(name))
      expect(kept).toContainEqual(before)
      if (done) return
    }
    throw new Error('it never ended')
  })
})
