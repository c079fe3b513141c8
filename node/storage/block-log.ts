import type { Block } from '#protocol/chain/block.ts'
import { blockOf, blocksOfFrame, encodeBlocks, frameLength } from './block-frame.ts'
import {
  corruptLog,
  type LoggedBlock,
  placeOf,
  type RecoveredLog,
  recoverBlockLog,
  segmentCountIn,
  segmentName,
} from './block-log-recovery.ts'
import type { BlockPosition } from './block-position.ts'
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
import { readFrame } from './frame.ts'
import { BLOCK_FRAME_BYTES_MAX, KEPT_BYTES_MAX } from './limits.ts'
import { rewrite } from './rewrite.ts'
import type { StorageError } from './storage-error.ts'
import { zeroFill } from './zero-fill.ts'

/** The full bytes of blocks, final or voted for, in the order they were written; never changed. */
export type BlockLog = {
  /** The blocks are on disk when answered, at these positions. One write at a time. */
  readonly write: (blocks: readonly Block[], answer: Answer<readonly BlockPosition[]>) => void
  /** A block written before. `block_log_corrupt` when its bytes are not what was written. */
  readonly read: (position: BlockPosition, answer: Answer<Block>) => void
  readonly close: (done: Done) => void
}

export type BlockLogOptions = {
  /** At least the largest write; at most 4 GiB. */
  readonly segmentBytes: number
  /** A block known to be there: the log is read from its frame on. Absent: from the beginning. */
  readonly from: BlockPosition | undefined
}

/** An open block log and what it held from `from` on. */
export type OpenedBlockLog = {
  readonly blockLog: BlockLog
  readonly blocks: readonly LoggedBlock[]
}

/** Errors: `block_log_corrupt`, and those of the disk. */
export const openBlockLog = (
  directory: DirectoryPort,
  options: BlockLogOptions,
  answer: Answer<OpenedBlockLog>,
): void => {
  guarded(
    answer,
    () => Math.max(1, segmentCountIn(directory, options.segmentBytes)),
    (count) =>
      directory.preallocate(
        segmentName(count - 1),
        options.segmentBytes,
        withValue(answer, (last) =>
          guarded(
            answer,
            () => openSegments(directory, { from: options.from?.segment ?? 0, last, count }),
            (segments) => recover(directory, { ...options, segments }, answer),
          ),
        ),
      ),
  )
}

const openSegments = (
  directory: DirectoryPort,
  range: { readonly from: number; readonly last: FilePort; readonly count: number },
): ReadonlyMap<number, FilePort> => {
  const segments = new Map<number, FilePort>()
  for (let segment = range.from; segment < range.count - 1; segment++) {
    segments.set(segment, directory.open(segmentName(segment)))
  }
  return range.from < range.count ? segments.set(range.count - 1, range.last) : segments
}

const recover = (
  directory: DirectoryPort,
  options: BlockLogOptions & { readonly segments: ReadonlyMap<number, FilePort> },
  answer: Answer<OpenedBlockLog>,
): void =>
  guarded(
    answer,
    () => recoverBlockLog(options.segments, options.from),
    (found) => {
      const { segment, offset, eraseTo, blocks, last } = found
      const { segmentBytes, segments } = options
      const active = segments.get(segment)
      if (active === undefined) throw new Error(`no segment ${segment}`)
      const next = segments.get(segment + 1)
      for (const file of segments.values()) {
        if (file !== active && file !== next) file.close(() => undefined)
      }
      const blockLog = createBlockLog(directory, { segmentBytes, found, active, next })
      // A killed process may have written what it never synced: what we count as held must stay.
      inOrder(
        [
          (done) => zeroFill(active, { from: offset, to: eraseTo }, done),
          (done) => (last === undefined ? done() : rewrite(active, last, done)),
        ],
        whenDone(answer, () => answer({ ok: true, value: { blockLog, blocks } })),
      )
    },
  )

type Opened = {
  readonly segmentBytes: number
  readonly found: RecoveredLog
  readonly active: FilePort
  readonly next: FilePort | undefined
}

const createBlockLog = (directory: DirectoryPort, opened: Opened): BlockLog => {
  const { segmentBytes } = opened
  let { segment, offset, point } = opened.found
  let { active } = opened
  /** The next segment. `failed`: could not be made ahead of time; it is tried again when needed. */
  let next: FilePort | 'preparing' | 'failed' | undefined = opened.next
  let whenPrepared: Answer<FilePort> | undefined
  const room = createRoom()

  const makeNext = (answer: Answer<FilePort>): void =>
    directory.preallocate(segmentName(segment + 1), segmentBytes, answer)

  /** Makes the next segment long before it is needed: filling 64 MiB with zeros takes its time. */
  const prepare = (): void => {
    if (next !== undefined || offset < segmentBytes / 2) return
    next = 'preparing'
    makeNext((result) => {
      next = result.ok ? result.value : 'failed'
      whenPrepared?.(result)
      whenPrepared = undefined
    })
  }

  const put = (blocks: readonly Block[], answer: Answer<readonly BlockPosition[]>): void => {
    const { bytes, hash } = encodeBlocks(blocks, point, room.of(frameLength(blocks)))
    const position = { segment, offset, length: bytes.length }
    const file = active
    offset += bytes.length
    point = { seq: point.seq + 1, previous: hash }
    prepare()
    file.writeDurably(
      position.offset,
      bytes,
      whenDone(answer, () =>
        answer({ ok: true, value: blocks.map((_, index) => ({ ...position, index })) }),
      ),
    )
  }

  const changeSegment = (done: Done): void => {
    const enter: Answer<FilePort> = (result) => {
      if (!result.ok) {
        done(result.error)
        return
      }
      active.close(() => undefined)
      active = result.value
      next = undefined
      segment += 1
      offset = 0
      done()
    }
    if (next === 'preparing') whenPrepared = enter
    else if (next === undefined || next === 'failed') makeNext(enter)
    else enter({ ok: true, value: next })
  }

  const write: BlockLog['write'] = (blocks, answer) => {
    const length = frameLength(blocks)
    if (length > BLOCK_FRAME_BYTES_MAX) throw new RangeError(`${length} bytes in one write`)
    if (offset + length <= segmentBytes) put(blocks, answer)
    else changeSegment(whenDone(answer, () => put(blocks, answer)))
  }

  return {
    write,
    read: (position, answer) => readBlock(directory, position, answer),
    close: (done) => closeAll([active, ...(typeof next === 'object' ? [next] : [])], done),
  }
}

/** The bytes of one write at a time; those of nearly all are the same. */
const createRoom = () => {
  let kept = new Uint8Array(0)
  return {
    of: (length: number): Uint8Array => {
      if (length > KEPT_BYTES_MAX) return new Uint8Array(length)
      if (kept.length < length) kept = new Uint8Array(Math.min(KEPT_BYTES_MAX, 2 * length))
      return kept.subarray(0, length)
    },
  }
}

const closeAll = (files: readonly FilePort[], done: Done): void =>
  together(
    files.map((file) => (next) => file.close(next)),
    done,
  )

const readBlock = (
  directory: DirectoryPort,
  position: BlockPosition,
  answer: Answer<Block>,
): void => {
  const { segment, offset, length, index } = position
  directory.read(
    segmentName(segment),
    { offset, length },
    withValue(answer, (bytes) => {
      const frame = readFrame(bytes, 0, BLOCK_FRAME_BYTES_MAX)
      const framed = frame && blocksOfFrame(frame)?.[index]
      const block = framed && blockOf(framed)
      answer(
        block === undefined
          ? { ok: false, error: corruptBlock(position) }
          : { ok: true, value: block },
      )
    }),
  )
}

const corruptBlock = ({ segment, offset, index }: BlockPosition): StorageError =>
  corruptLog(`block ${index} of the frame at ${placeOf(segment, offset)}`)
