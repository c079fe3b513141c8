import { type Block, encodedBlockLength } from '#protocol/chain/block.ts'
import { SEGMENT_BLOCKS_MAX, SEGMENT_BYTES_MAX } from '#protocol/chain/chain-limits.ts'
import { type Segment, segmentBlocksLength } from '#protocol/chain/segment.ts'
import type { CoreStorage } from '../loop/core-storage.ts'
import type { CertifiedHeight } from '../storage/chain-reader.ts'
import type { Answer, Done } from '../storage/completion.ts'
import { corruptState } from '../storage/corrupt-state.ts'
import { BLOCKS_PER_FRAME_MAX, GROUP_BYTES_MAX } from '../storage/limits.ts'
import type { Storage } from '../storage/storage.ts'
import type { StorageError } from '../storage/storage-error.ts'

/** Bytes of blocks after which an answer to a catching-up node is full: well within one message. */
const ANSWER_BYTES = SEGMENT_BYTES_MAX / 4

export type CoreStorageParts = {
  readonly storage: Storage
  readonly wallMs: () => number
  /** The disk failed: the node stops, and nothing is called back any more. */
  readonly onFailure: (error: StorageError) => void
}

/** The core's disk over a node's storage: every failure ends in one place. */
export const createCoreStorage = (parts: CoreStorageParts): CoreStorage => {
  const { storage, onFailure } = parts
  const { local, chain } = storage
  const whenWritten = (done: () => void): Done => {
    return (error) => (error === undefined ? done() : onFailure(error))
  }
  const whenRead = <T>(done: (value: T) => void): Answer<T> => {
    return (result) => (result.ok ? done(result.value) : onFailure(result.error))
  }
  const ignored = whenWritten(() => undefined)
  return {
    write: ({ records, blocks }, done) => {
      const frames = framesOf(blocks)
      // Writes end in order, and the first failure is that of all after it.
      for (const frame of frames.slice(0, -1)) {
        storage.write({ journal: [], blocks: frame }, () => undefined)
      }
      storage.write({ journal: records, blocks: frames.at(-1) ?? [] }, whenWritten(done))
    },
    commit: ({ blocks, certificate }, done) => chain.commit(blocks, certificate, whenWritten(done)),
    block: (digest, done) => storage.block(digest, whenRead(done)),
    segments: (fromHeight, done) =>
      readSegments(storage, { fromHeight, segments: [], bytes: 0 }, whenRead(done)),
    saveOutbox: (entry, done) => local.outbox.put(entry, whenWritten(done)),
    eraseOutbox: (ended) => {
      for (const { entry, end } of ended) {
        if (end.kind !== 'expired') continue
        const { scope, id, hash } = entry
        local.expired.put({ scope, id, hash, height: end.height, timeMs: end.timeMs }, ignored)
      }
      local.outbox.remove(
        ended.map(({ entry }) => entry.hash),
        ignored,
      )
    },
    saveQuarantine: (hash, detail) =>
      local.quarantine.put({ hash, detail, timeMs: parts.wallMs() }, ignored),
  }
}

/** Cuts what is written at once into what one frame of the block log takes. */
const framesOf = (blocks: readonly Block[]): readonly (readonly Block[])[] => {
  const frames: Block[][] = []
  let bytes = 0
  for (const block of blocks) {
    const frame = frames.at(-1)
    bytes += encodedBlockLength(block)
    if (frame !== undefined && bytes <= GROUP_BYTES_MAX && frame.length < BLOCKS_PER_FRAME_MAX) {
      frame.push(block)
    } else {
      bytes = encodedBlockLength(block)
      frames.push([block])
    }
  }
  return frames
}

type Gathering = {
  readonly fromHeight: number
  readonly segments: readonly Segment[]
  readonly bytes: number
}

/** Segments as they were committed, the first one cut to begin at the height asked for. */
const readSegments = (
  storage: Storage,
  gathering: Gathering,
  answer: Answer<readonly Segment[]>,
): void => {
  const { fromHeight, segments, bytes } = gathering
  // Genesis has no body and no finalization.
  if (fromHeight < 1) {
    answer({ ok: true, value: [] })
    return
  }
  if (bytes >= ANSWER_BYTES || segments.length >= SEGMENT_BLOCKS_MAX) {
    answer({ ok: true, value: segments })
    return
  }
  storage.reader.certificate(fromHeight, (found) => {
    if (!found.ok || found.value === undefined) {
      answer(found.ok ? { ok: true, value: segments } : found)
      return
    }
    const { height, certificate } = found.value
    readBlocks(storage, { from: fromHeight, to: height }, (read) => {
      if (!read.ok) {
        answer(read)
        return
      }
      const length = segmentBlocksLength(read.value)
      const full = bytes > 0 && bytes + length > SEGMENT_BYTES_MAX
      if (full || read.value.length > SEGMENT_BLOCKS_MAX) {
        answer({ ok: true, value: segments })
        return
      }
      readSegments(
        storage,
        {
          fromHeight: height + 1,
          segments: [...segments, { blocks: read.value, certificate }],
          bytes: bytes + length,
        },
        answer,
      )
    })
  })
}

const readBlocks = (
  storage: Storage,
  range: { readonly from: number; readonly to: CertifiedHeight['height'] },
  answer: Answer<readonly Block[]>,
): void => {
  const blocks: Block[] = []
  const next = (height: number): void => {
    if (height > range.to) {
      answer({ ok: true, value: blocks })
      return
    }
    storage.blockAt(height, (read) => {
      if (!read.ok) {
        answer(read)
        return
      }
      if (read.value === undefined) {
        answer({ ok: false, error: corruptState(`final block ${height} is in no log`) })
        return
      }
      blocks.push(read.value)
      next(height + 1)
    })
  }
  next(range.from)
}
