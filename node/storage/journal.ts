import type { JournalRecord } from '#consensus/journal-record.ts'
import {
  type Answer,
  type Done,
  guarded,
  inOrder,
  together,
  whenDone,
  withValue,
} from './completion.ts'
import type { DirectoryPort, FilePort } from './file-port.ts'
import { encodeFrame, FRAME_OVERHEAD, type Frame } from './frame.ts'
import { epochOf, frameOfRecords } from './journal-frame.ts'
import {
  journalFrameMax,
  type Recovered,
  recoverJournal,
  requireWhole,
  SEGMENT_NAMES,
} from './journal-recovery.ts'
import { createLiveRecords } from './live-records.ts'
import { rewrite } from './rewrite.ts'
import { StorageError } from './storage-error.ts'
import { zeroFill } from './zero-fill.ts'

/**
 * The vote journal (consensus.md §10): two preallocated segments used in turn, one frame a write. A
 * segment begins with every record still needed, in one frame; then the other one is erased.
 */
export type Journal = {
  /** All the records are on disk when done, or none. One write at a time. */
  readonly write: (records: readonly JournalRecord[], done: Done) => void
  readonly close: (done: Done) => void
}

export type JournalOptions = {
  readonly segmentBytes: number
  /** Whether this node had a journal before: then a missing or blank one is an error. */
  readonly existing: boolean
  /** What the first frame of a journal that begins holds. */
  readonly first?: readonly JournalRecord[]
}

/** An open journal and what it held, oldest first. */
export type OpenedJournal = {
  readonly journal: Journal
  readonly records: readonly JournalRecord[]
}

/** Errors: `journal_missing`, `journal_corrupt`, and those of the disk. */
export const openJournal = (
  directory: DirectoryPort,
  options: JournalOptions,
  answer: Answer<OpenedJournal>,
): void => {
  const { segmentBytes, existing, first = [] } = options
  const recover = (files: Files): void =>
    guarded<Recovered, OpenedJournal>(
      (result) => {
        if (!result.ok) for (const file of files) file.close(() => undefined)
        answer(result)
      },
      () => recoverJournal(files, existing),
      (found) => begin(files, found.blank ? { ...found, records: first } : found, answer),
    )
  guarded(
    answer,
    () => requireWhole(directory, options),
    () => preallocateBoth(directory, segmentBytes, withValue(answer, recover)),
  )
}

type Files = readonly [FilePort, FilePort]

const preallocateBoth = (
  directory: DirectoryPort,
  segmentBytes: number,
  answer: Answer<Files>,
): void => {
  const [first, second] = SEGMENT_NAMES
  directory.preallocate(
    first,
    segmentBytes,
    withValue(answer, (zero) =>
      directory.preallocate(
        second,
        segmentBytes,
        withValue(answer, (one) => answer({ ok: true, value: [zero, one] })),
      ),
    ),
  )
}

/** Erases what recovery discards; a blank journal gets its first frame, which proves it existed. */
const begin = (files: Files, found: Recovered, answer: Answer<OpenedJournal>): void => {
  const journal = createJournal(files, found)
  const opened = whenDone(answer, () =>
    answer({ ok: true, value: { journal, records: found.records } }),
  )
  const erasures = found.erase.map(
    ({ segment, from, to }) =>
      (done: Done) =>
        zeroFill(files[segment], { from, to }, done),
  )
  // A killed process may have written what it never synced: we repeat those votes, so they must stay.
  const settle = (done: Done): void =>
    found.last === undefined
      ? journal.write(found.records, done)
      : rewrite(files[found.active], found.last, done)
  inOrder([...erasures, settle], opened)
}

const createJournal = (files: Files, found: Recovered): Journal => {
  const frameMax = journalFrameMax(files[0].size)
  const live = createLiveRecords()
  let { active, offset, point } = found
  let epoch = 0
  let erasing = false
  let afterErasing: (() => void) | undefined
  let erasureFailure: StorageError | undefined

  const note = (record: JournalRecord): void => {
    epoch = epochOf(record) ?? epoch
    live.add(record)
  }
  for (const record of found.records) note(record)

  const put = (frame: Frame, done: Done): void => {
    const { bytes, hash } = encodeFrame(frame, point.previous)
    const file = files[active]
    const at = offset
    offset += bytes.length
    point = { seq: frame.seq + 1, previous: hash }
    file.writeDurably(at, bytes, done)
  }

  const write = (records: readonly JournalRecord[], done: Done): void => {
    if (erasureFailure !== undefined) {
      done(erasureFailure)
      return
    }
    for (const record of records) note(record)
    const frame = frameOfRecords(records, { epoch, seq: point.seq })
    const length = frameLength(frame)
    if (length > frameMax) done(full(length))
    else if (offset + length <= files[active].size) put(frame, done)
    else if (erasing) afterErasing = () => changeSegment(done)
    else changeSegment(done)
  }

  /** What was just noted is among the live records, so one frame carries all. */
  const changeSegment = (done: Done): void => {
    const frame = frameOfRecords(live.all(), { epoch, seq: point.seq })
    if (erasureFailure !== undefined || frameLength(frame) > frameMax) {
      done(erasureFailure ?? full(frameLength(frame)))
      return
    }
    const retired = { file: files[active], to: offset }
    active = active === 0 ? 1 : 0
    offset = 0
    put(frame, (error) => {
      if (error === undefined) erase(retired)
      done(error)
    })
  }

  const erase = ({ file, to }: { readonly file: FilePort; readonly to: number }): void => {
    erasing = true
    zeroFill(file, { from: 0, to }, (error) => {
      erasing = false
      erasureFailure = error
      const waiting = afterErasing
      afterErasing = undefined
      waiting?.()
    })
  }

  /** Not under an erasure: the rest of it would go to whatever the system opens next. */
  const close = (done: Done): void => {
    if (erasing) {
      afterErasing = () => close(done)
      return
    }
    together(
      files.map((file) => (next) => file.close(next)),
      done,
    )
  }

  return { write, close }
}

const frameLength = ({ payload }: Frame): number => FRAME_OVERHEAD + payload.length

const full = (length: number): StorageError =>
  new StorageError(
    'journal_full',
    `the votes above the final block take ${length} bytes, more than half a journal segment`,
  )
