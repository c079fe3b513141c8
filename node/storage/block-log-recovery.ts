import { decodeHeader, HEADER_BYTES, type Header, headerDigest } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import { blocksOfFrame } from './block-frame.ts'
import type { BlockPosition } from './block-position.ts'
import type { DirectoryPort, FilePort } from './file-port.ts'
import type { StoredFrame } from './frame.ts'
import {
  CHAIN_START,
  type ChainPoint,
  type FrameScan,
  type LastFrame,
  pointAfter,
  scanFrames,
} from './frame-scan.ts'
import { BLOCK_FRAME_BYTES_MAX } from './limits.ts'
import { StorageError } from './storage-error.ts'

/** A block that the log holds. */
export type LoggedBlock = {
  readonly header: Header
  readonly digest: Hash
  readonly position: BlockPosition
}

/** What the log holds from some position on, where to go on, and what must be erased before. */
export type RecoveredLog = {
  readonly blocks: readonly LoggedBlock[]
  readonly segment: number
  readonly offset: number
  readonly point: ChainPoint
  readonly eraseTo: number
  /** The newest frame, if it is in the last segment. */
  readonly last: LastFrame | undefined
}

export const segmentName = (segment: number): string =>
  `blocks-${segment.toString().padStart(8, '0')}`

/**
 * How many segments there are. Only the creation of the last one may not have ended, and then it is
 * blank. Throws `block_log_corrupt`.
 */
export const segmentCountIn = (directory: DirectoryPort, segmentBytes: number): number => {
  const names = directory.list().filter((name) => name.startsWith('blocks-'))
  const gap = names.findIndex((name, index) => name !== segmentName(index))
  if (gap !== -1) throw corruptLog(`${segmentName(gap)} is missing`)
  const last = names.at(-1)
  if (last !== undefined) requireWholeOrBlank(directory.open(last), segmentBytes)
  return names.length
}

const requireWholeOrBlank = (file: FilePort, segmentBytes: number): void => {
  const { size, name } = file
  const sound = size >= segmentBytes || file.read(0, size).every((byte) => byte === 0)
  file.close(() => undefined)
  if (!sound) throw corruptLog(`${name} is ${size} bytes long instead of ${segmentBytes}`)
}

/**
 * Reads the log from a block of it, or from its beginning, to its end. Only the last frame of all may
 * be torn. Throws `block_log_corrupt`.
 */
export const recoverBlockLog = (
  segments: ReadonlyMap<number, FilePort>,
  from: BlockPosition | undefined,
): RecoveredLog => {
  let found: Progress = {
    blocks: [],
    segment: from?.segment ?? 0,
    offset: from?.offset ?? 0,
    point: from === undefined ? CHAIN_START : undefined,
    eraseTo: from?.offset ?? 0,
    last: undefined,
  }
  let torn = false
  for (const [segment, file] of segments) {
    const offset = segment === found.segment ? found.offset : 0
    const scan = scanOf(file, offset, found.point)
    if (scan.used === 0 && segment !== found.segment) break
    if (scan.tail === 'damaged' || torn) throw corruptLog(placeOf(segment, offset + scan.end))
    torn = scan.tail === 'torn'
    found = joined(found, { segment, offset, scan })
  }
  const { point } = found
  if (point === undefined) throw corruptLog(`no block at ${placeOf(found.segment, found.offset)}`)
  return { ...found, point }
}

/** What was read so far; without a point until the first frame of all is known. */
type Progress = Omit<RecoveredLog, 'point'> & { readonly point: ChainPoint | undefined }

export const corruptLog = (detail: string): StorageError =>
  new StorageError(
    'block_log_corrupt',
    `the block log is corrupt: ${detail}. Restore the directory from this machine, or let the node ` +
      'fetch the ledger again into an empty one',
  )

/** Segment and byte, for a person. */
export const placeOf = (segment: number, offset: number): string =>
  `${segmentName(segment)}, byte ${offset}`

const scanOf = (file: FilePort, offset: number, from: ChainPoint | undefined): FrameScan => {
  if (offset > file.size) throw corruptLog('it is shorter than it was')
  const bytes = file.read(offset, file.size - offset)
  const frameMax = BLOCK_FRAME_BYTES_MAX
  return scanFrames(bytes, from === undefined ? { frameMax } : { frameMax, from })
}

const joined = (
  before: Progress,
  part: { readonly segment: number; readonly offset: number; readonly scan: FrameScan },
): Progress => {
  const { segment, offset, scan } = part
  const last = scan.frames.at(-1)
  return {
    blocks: [...before.blocks, ...scan.frames.flatMap((frame) => blocksIn(frame, part))],
    segment,
    offset: offset + scan.end,
    point: last === undefined ? before.point : pointAfter(last),
    eraseTo: offset + scan.used,
    last: scan.last && { ...scan.last, offset: offset + scan.last.offset },
  }
}

const blocksIn = (
  frame: StoredFrame,
  start: { readonly segment: number; readonly offset: number },
): readonly LoggedBlock[] => {
  const offset = start.offset + frame.offset
  const blocks = blocksOfFrame(frame)
  if (blocks === undefined) throw corruptLog(placeOf(start.segment, offset))
  return blocks.map(({ bytes, digest }, index) => {
    const decoded = decodeHeader(bytes.subarray(0, HEADER_BYTES))
    if (!decoded.ok || headerDigest(decoded.value) !== digest) {
      throw corruptLog(placeOf(start.segment, offset))
    }
    const position = { segment: start.segment, offset, length: frame.length, index }
    return { header: decoded.value, digest, position }
  })
}
