import type { JournalRecord } from '#consensus/journal-record.ts'
import type { DirectoryPort, FilePort } from './file-port.ts'
import { holdsLaterFrame, type StoredFrame } from './frame.ts'
import {
  CHAIN_START,
  type ChainPoint,
  type FrameScan,
  type LastFrame,
  pointAfter,
  scanFrames,
} from './frame-scan.ts'
import { recordsOfFrame } from './journal-frame.ts'
import { StorageError } from './storage-error.ts'

/** Which of the two segments. */
type SegmentIndex = 0 | 1
export const SEGMENT_NAMES = ['journal-0', 'journal-1'] as const

/** What the two segments say together: where to go on, and what must be erased before. */
export type Recovered = {
  readonly records: readonly JournalRecord[]
  /** `blank`: nothing was ever written, and the first frame must be. */
  readonly blank: boolean
  readonly active: SegmentIndex
  readonly offset: number
  readonly point: ChainPoint
  /** The newest frame of the active segment. */
  readonly last: LastFrame | undefined
  readonly erase: readonly {
    readonly segment: SegmentIndex
    readonly from: number
    readonly to: number
  }[]
}

/** A frame may take half a segment: what is carried over must leave room for what comes. */
export const journalFrameMax = (segmentBytes: number): number => Math.floor(segmentBytes / 2)

/**
 * Before anything is lengthened. A node that had a journal must find both segments whole; one whose
 * creation did not end may find less, and nothing in it. Throws `StorageError`.
 */
export const requireWhole = (
  directory: DirectoryPort,
  { segmentBytes, existing }: { readonly segmentBytes: number; readonly existing: boolean },
): void => {
  const names = directory.list()
  for (const name of SEGMENT_NAMES) {
    if (!names.includes(name)) {
      if (existing) throw missing(name)
      continue
    }
    const file = directory.open(name)
    const whole = file.size >= segmentBytes || (!existing && isBlank(file.read(0, file.size)))
    file.close(() => undefined)
    if (!whole) throw corrupt(`${name} is ${file.size} bytes long instead of ${segmentBytes}`)
  }
}

/**
 * Finds the segment to go on from. A segment begins with everything still needed, in one frame, so
 * the newer of two beginnings is the whole truth; the other one may be half erased.
 * Throws `journal_corrupt` where that could lose a synced record.
 */
export const recoverJournal = (
  files: readonly [FilePort, FilePort],
  existing: boolean,
): Recovered => {
  const first = segmentIn(files[0])
  const second = segmentIn(files[1])
  const active = newerOf(first.scan, second.scan)
  if (active === undefined) {
    if (existing) throw corrupt('neither segment begins with a whole record')
    return blankFrom(first.scan, second.scan)
  }
  const [kept, retired] = active === 0 ? [first, second] : [second, first]
  const { scan } = kept
  if (scan.tail === 'damaged') throw corrupt(`${SEGMENT_NAMES[active]}, byte ${scan.end}`)
  requireOlder(retired, scan, kept.frameMax)
  const other = active === 0 ? 1 : 0
  return {
    records: scan.frames.flatMap(recordsIn),
    blank: false,
    active,
    offset: scan.end,
    point: pointOf(scan),
    last: scan.last,
    erase: [
      { segment: active, from: scan.end, to: scan.used },
      { segment: other, from: 0, to: retired.scan.used },
    ],
  }
}

type Segment = { readonly bytes: Uint8Array; readonly scan: FrameScan; readonly frameMax: number }

const segmentIn = (file: FilePort): Segment => {
  const bytes = file.read(0, file.size)
  const frameMax = journalFrameMax(file.size)
  return { bytes, frameMax, scan: scanFrames(bytes, { frameMax }) }
}

const newerOf = (zero: FrameScan, one: FrameScan): SegmentIndex | undefined => {
  const [first, second] = [zero.frames[0]?.seq, one.frames[0]?.seq]
  if (first === undefined) return second === undefined ? undefined : 1
  return second === undefined || first > second ? 0 : 1
}

/** A journal whose creation did not end was never used: it begins anew. */
const blankFrom = (zero: FrameScan, one: FrameScan): Recovered => ({
  records: [],
  blank: true,
  active: 0,
  offset: 0,
  point: CHAIN_START,
  last: undefined,
  erase: [
    { segment: 0, from: 0, to: zero.used },
    { segment: 1, from: 0, to: one.used },
  ],
})

/** Nothing in the other segment may be newer than what we go on from. */
const requireOlder = (retired: Segment, { frames }: FrameScan, frameMax: number): void => {
  const last = frames.at(-1)?.seq ?? 0
  const left = retired.bytes.subarray(0, retired.scan.used)
  if (holdsLaterFrame(left, last, frameMax)) {
    throw corrupt('the newer segment does not begin with a whole record')
  }
}

const pointOf = ({ frames }: FrameScan): ChainPoint => {
  const last = frames.at(-1)
  return last === undefined ? CHAIN_START : pointAfter(last)
}

const recordsIn = (frame: StoredFrame): readonly JournalRecord[] => {
  const records = recordsOfFrame(frame)
  if (records === undefined) throw corrupt(`record ${frame.seq} is of no kind we know`)
  return records
}

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

const ADVICE = 'This node may have voted.'

const corrupt = (detail: string): StorageError =>
  new StorageError('journal_corrupt', `the vote journal is corrupt: ${detail}. ${ADVICE}`)

const missing = (name: string): StorageError =>
  new StorageError('journal_missing', `the vote journal misses its file ${name}. ${ADVICE}`)
