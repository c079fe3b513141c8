import { type Changes, countOf, joined } from './changes.ts'
import type { Done } from './completion.ts'
import type { FirstFailure } from './first-failure.ts'
import type { KeyValuePort } from './key-value-port.ts'
import { BATCH_OPERATIONS_MAX } from './limits.ts'
import { StorageError } from './storage-error.ts'

/**
 * Calls `start` once more writes may have come: what shares a sync costs one. Where none is given, the
 * first write starts at once.
 */
export type Gather = (start: () => void) => void

/** When a batch starts. */
export type BatchStart = {
  readonly gather?: Gather | undefined
  /** A batch of fewer changes starts at once: there is no load that would make up for a wait. */
  readonly gatheredFrom?: number
  /** So many writes wait for no further ones. */
  readonly gatheredMax?: number
}

/**
 * Writes to the database in order. What arrives while a batch is gathered shares it, and while one is
 * being synced, the next one. After one failure, here or at another writer, nothing is written any
 * more, and every `done` says so.
 */
export type BatchQueue = {
  /** All changes are on disk when done, or none. */
  readonly push: (changes: Changes, done: Done) => void
  /** The same, and when done nothing that was pushed after it is in the database. */
  readonly pushLast: (changes: Changes, done: Done) => void
  /** Writes that wait or are being written. */
  readonly pending: () => number
  /** Done when all before it is; later ones are refused. */
  readonly close: (done: Done) => void
}

type Waiting = {
  readonly changes: Changes
  readonly done: Done
  /** Its batch ends with it. */
  readonly isLast: boolean
}

export const createBatchQueue = (
  port: KeyValuePort,
  failure: FirstFailure,
  start: BatchStart = {},
): BatchQueue => {
  const { gather = (begin) => begin(), gatheredFrom = 0 } = start
  const { gatheredMax = Number.POSITIVE_INFINITY } = start
  let queue: Waiting[] = []
  let writing = 0
  let phase: 'idle' | 'gathering' | 'writing' = 'idle'
  let closed = false
  let whenIdle: (() => void) | undefined

  const next = (): void => {
    const cause = failure.error()
    if (cause !== undefined) refuseAll(cause)
    writing = 0
    if (queue.length === 0) {
      phase = 'idle'
      whenIdle?.()
      return
    }
    phase = 'gathering'
    if (queue.length < gatheredMax && changesIn(queue) >= gatheredFrom) gather(write)
    else write()
  }

  /** Comes too late where what was gathered was enough before its time. */
  const write = (): void => {
    if (phase !== 'gathering') return
    const cause = failure.error()
    if (cause !== undefined) {
      next()
      return
    }
    phase = 'writing'
    const taken = takeJoined(queue)
    writing = taken.length
    queue = queue.slice(writing)
    port.batch(joined(taken.map(({ changes }) => changes)), { sync: true }, (error) => {
      if (error !== undefined) failure.note(error)
      for (const { done } of taken) done(error)
      next()
    })
  }

  const refuseAll = (cause: StorageError): void => {
    const refused = queue
    queue = []
    for (const { done } of refused) done(cause)
  }

  const enqueue = (waiting: Waiting): void => {
    const refusal = closed ? databaseClosed() : failure.refusal()
    if (refusal !== undefined) {
      waiting.done(refusal)
      return
    }
    queue.push(waiting)
    if (phase === 'idle') next()
    else if (queue.length >= gatheredMax) write()
  }

  return {
    push: (changes, done) => enqueue({ changes, done, isLast: false }),
    pushLast: (changes, done) => enqueue({ changes, done, isLast: true }),
    pending: () => queue.length + writing,
    close: (done) => {
      closed = true
      if (phase === 'idle') done()
      else whenIdle = done
    },
  }
}

const databaseClosed = (): StorageError =>
  new StorageError('storage_failed', 'the database is closed')

const changesIn = (queue: readonly Waiting[]): number =>
  countOf(queue.map(({ changes }) => changes))

/** The oldest writes that fit into one batch, at least one, and none after a last one. */
const takeJoined = (queue: readonly Waiting[]): readonly Waiting[] => {
  let count = 0
  const end = queue.findIndex((waiting, index) => {
    count += waiting.changes.count
    const ended = queue[index - 1]?.isLast === true
    return ended || (index > 0 && count > BATCH_OPERATIONS_MAX)
  })
  return end === -1 ? queue : queue.slice(0, end)
}
