import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Block } from '#protocol/chain/block.ts'
import { framedLength } from './block-frame.ts'
import type { BlockLog } from './block-log.ts'
import type { BlockPosition } from './block-position.ts'
import { type Done, inOrder, together } from './completion.ts'
import type { FirstFailure } from './first-failure.ts'
import type { Journal } from './journal.ts'
import { BLOCKS_PER_FRAME_MAX, GROUP_BYTES_MAX, WRITE_PENDING_BYTES_MAX } from './limits.ts'
import { StorageError } from './storage-error.ts'

/** What must be on disk together before something is said. */
export type Write = {
  readonly journal: readonly JournalRecord[]
  readonly blocks: readonly Block[]
}

export type WriteGroupParts = {
  readonly journal: Journal
  readonly blockLog: BlockLog
  readonly failure: FirstFailure
  /** Told, before `done`, where a block lies that is now on disk. */
  readonly onLogged: (block: Block, position: BlockPosition) => void
}

/**
 * The way to journal and block log. Blocks are on disk before the journal names them, since a crash
 * must not leave a vote for a block that is gone; writes that arrive meanwhile share the next sync.
 * After one failure, here or at another writer, nothing is written any more, and every `done` says so.
 */
export type WriteGroup = {
  /** `done` is called in the order of the writes. Nothing to write: done when all before it is. */
  readonly write: (write: Write, done: Done) => void
  /** Bytes that are not on disk yet. */
  readonly pendingBytes: () => number
  /** Closes both files once everything is on disk. Later writes are refused. */
  readonly close: (done: Done) => void
}

export const createWriteGroup = (parts: WriteGroupParts): WriteGroup => {
  const { journal, blockLog, failure } = parts
  let queue: Waiting[] = []
  let pendingBytes = 0
  let busy = false
  let closed = false
  let whenIdle: (() => void) | undefined

  const next = (): void => {
    const cause = failure.error()
    if (cause !== undefined) refuseAll(cause)
    const group = takeGroup(queue)
    if (group.length === 0) {
      busy = false
      whenIdle?.()
      return
    }
    queue = queue.slice(group.length)
    syncGroup(parts, group, (error) => {
      pendingBytes -= bytesOf(group)
      if (error !== undefined) failure.note(error)
      for (const { done } of group) done(error)
      next()
    })
  }

  /** What was not synced may be lost, and so may what follows. */
  const refuseAll = (cause: StorageError): void => {
    const refused = queue
    pendingBytes -= bytesOf(refused)
    queue = []
    for (const { done } of refused) done(cause)
  }

  const write: WriteGroup['write'] = (content, done) => {
    const refusal = closed ? storageClosed() : failure.refusal()
    if (refusal !== undefined) {
      done(refusal)
      return
    }
    const waiting = { write: content, bytes: writeBytes(content), done }
    if (pendingBytes + waiting.bytes > WRITE_PENDING_BYTES_MAX) {
      const full = new StorageError('write_queue_full', 'the disk does not keep up')
      failure.note(full)
      refuseAll(full)
      done(full)
      return
    }
    pendingBytes += waiting.bytes
    queue.push(waiting)
    if (busy) return
    busy = true
    next()
  }

  const closeFiles = (done: Done): void => {
    whenIdle = undefined
    closed = true
    together([journal.close, blockLog.close], done)
  }

  return {
    write,
    pendingBytes: () => pendingBytes,
    close: (done) => {
      if (busy) whenIdle = () => closeFiles(done)
      else closeFiles(done)
    },
  }
}

const storageClosed = (): StorageError => new StorageError('storage_failed', 'storage is closed')

type Waiting = { readonly write: Write; readonly bytes: number; readonly done: Done }

const syncGroup = (parts: WriteGroupParts, group: readonly Waiting[], done: Done): void => {
  const { journal, blockLog, onLogged } = parts
  const records = group.flatMap(({ write }) => write.journal)
  const blocks = group.flatMap(({ write }) => write.blocks)
  const writeRecords = (written: Done): void => journal.write(records, written)
  const writeBlocks = (written: Done): void =>
    blockLog.write(blocks, (result) => {
      if (!result.ok) {
        written(result.error)
        return
      }
      for (const [index, position] of result.value.entries()) {
        const block = blocks[index]
        if (block !== undefined) onLogged(block, position)
      }
      written()
    })
  const steps = [
    ...(blocks.length > 0 ? [writeBlocks] : []),
    ...(records.length > 0 ? [writeRecords] : []),
  ]
  inOrder(steps, done)
}

/** Room for one journal record: the longest is a certificate of thirty signatures. */
const RECORD_BYTES = 2_048

const writeBytes = ({ journal, blocks }: Write): number =>
  journal.length * RECORD_BYTES + blocks.reduce((sum, block) => sum + framedLength(block), 0)

const bytesOf = (group: readonly Waiting[]): number =>
  group.reduce((sum, { bytes }) => sum + bytes, 0)

/** As many of the oldest writes as fit into one frame of each file, at least one. */
const takeGroup = (queue: readonly Waiting[]): readonly Waiting[] => {
  let bytes = 0
  let blocks = 0
  const end = queue.findIndex((waiting, index) => {
    bytes += waiting.bytes
    blocks += waiting.write.blocks.length
    return index > 0 && (bytes > GROUP_BYTES_MAX || blocks > BLOCKS_PER_FRAME_MAX)
  })
  return end === -1 ? queue : queue.slice(0, end)
}
