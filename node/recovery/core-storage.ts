import { type Block, encodedBlockLength } from '#protocol/chain/block.ts'
import { SEGMENT_BLOCKS_MAX, SEGMENT_BYTES_MAX } from '#protocol/chain/chain-limits.ts'
import { type Segment, segmentBlocksLength } from '#protocol/chain/segment.ts'
import type { CoreStorage } from '../loop/core-storage.ts'
import { type Answer, type Done, withValue } from '../storage/completion.ts'
import { corruptState } from '../storage/corrupt-state.ts'
import { BLOCKS_PER_FRAME_MAX, GROUP_BYTES_MAX } from '../storage/limits.ts'
import { paymentName } from '../storage/local-facts.ts'
import type { Storage } from '../storage/storage.ts'
import { firstCauseOf, type StorageError } from '../storage/storage-error.ts'
import { ANSWER_BYTES } from '../sync/serve.ts'

export type CoreStorageParts = {
  readonly storage: Storage
  readonly wallMs: () => number
  /** The disk failed, with what failed first: the node stops, and nothing is called back any more. */
  readonly onFailure: (error: StorageError) => void
}

/** The core's disk over a node's storage: every failure ends in one place. */
export const createCoreStorage = (parts: CoreStorageParts): CoreStorage => {
  const { storage } = parts
  const { local, chain } = storage
  // A write that was refused may be told before the one that failed.
  const fail = (error: StorageError): void => parts.onFailure(firstCauseOf(error))
  const whenWritten = (done: () => void): Done => {
    return (error) => (error === undefined ? done() : fail(error))
  }
  const whenRead = <T>(done: (value: T) => void): Answer<T> => {
    return (result) => (result.ok ? done(result.value) : fail(result.error))
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
    commitAndFreeze: ({ blocks, certificate }, done) =>
      chain.commitLast(
        blocks,
        certificate,
        whenWritten(() => done(storage.freeze())),
      ),
    freezeAt: (height) =>
      chain.applied()?.height === height && chain.pendingBlocks() === 0
        ? storage.freeze()
        : undefined,
    block: (digest, done) => storage.block(digest, whenRead(done)),
    segments: (fromHeight, done) =>
      readSegments(storage, { fromHeight, segments: [], bytes: 0, count: 0 }, whenRead(done)),
    saveOutbox: (entry, done) => local.outbox.put(entry, whenWritten(done)),
    eraseOutbox: (ended) => {
      for (const { entry, end } of ended) {
        if (end.kind !== 'expired') continue
        const { scope, id, hash, content } = entry
        // A cancellation has nothing to say of an id whose payment expired.
        if (content === undefined && local.expired.get(paymentName(entry)) !== undefined) continue
        const { height, timeMs } = end
        const asked = content !== undefined && { content }
        local.expired.put({ scope, id, hash, ...asked, height, timeMs }, ignored)
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
  readonly count: number
}

/**
 * Segments as they were committed, the first one cut to begin at the height asked for. A run of blocks
 * that one answer does not hold is answered by its end, alone: its finalization proves that, and the
 * digests of parents lead on from there.
 */
const readSegments = (
  storage: Storage,
  gathering: Gathering,
  answer: Answer<readonly Segment[]>,
): void => {
  const { fromHeight, segments, bytes, count } = gathering
  const room = { bytes: SEGMENT_BYTES_MAX - bytes, count: SEGMENT_BLOCKS_MAX - count }
  // Where the copy begins there is no body: genesis, or the block of a snapshot.
  if (fromHeight <= storage.reader.begin() || bytes >= ANSWER_BYTES || room.count === 0) {
    answer({ ok: true, value: segments })
    return
  }
  storage.reader.certificate(
    fromHeight,
    withValue(answer, (found) => {
      if (found === undefined) {
        answer({ ok: true, value: segments })
        return
      }
      const { height, certificate } = found
      readEnd(
        storage,
        { from: fromHeight, to: height, room },
        withValue(answer, (blocks) => {
          const whole = blocks[0]?.header.height === fromHeight
          if (!whole) {
            answer({ ok: true, value: segments.length > 0 ? segments : [{ blocks, certificate }] })
            return
          }
          const next = {
            fromHeight: height + 1,
            segments: [...segments, { blocks, certificate }],
            bytes: bytes + segmentBlocksLength(blocks),
            count: count + blocks.length,
          }
          readSegments(storage, next, answer)
        }),
      )
    }),
  )
}

type Run = {
  readonly from: number
  readonly to: number
  readonly room: { readonly bytes: number; readonly count: number }
}

/** The end of a run of final blocks, oldest first: as much as there is room for, the last one at least. */
const readEnd = (storage: Storage, run: Run, answer: Answer<readonly Block[]>): void => {
  const blocks: Block[] = []
  let bytes = 0
  const next = (height: number): void => {
    if (height < run.from || blocks.length >= run.room.count) {
      answer({ ok: true, value: blocks.reverse() })
      return
    }
    storage.blockAt(
      height,
      withValue(answer, (block) => {
        if (block === undefined) {
          answer({ ok: false, error: corruptState(`final block ${height} is in no log`) })
          return
        }
        bytes += encodedBlockLength(block)
        if (blocks.length > 0 && bytes > run.room.bytes) {
          answer({ ok: true, value: blocks.reverse() })
          return
        }
        blocks.push(block)
        next(height - 1)
      }),
    )
  }
  next(run.to)
}
