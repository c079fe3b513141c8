import type { Done } from './completion.ts'
import type { KeyValuePort, Operation } from './key-value-port.ts'
import { BATCH_OPERATIONS_MAX } from './limits.ts'
import { StorageError } from './storage-error.ts'

/**
 * Writes to the database in order. What arrives while a batch is being synced shares the next one.
 * After one failure nothing is written any more, and every `done` says so.
 */
export type BatchQueue = {
  /** All operations are on disk when done, or none. */
  readonly push: (operations: readonly Operation[], done: Done) => void
  /** Writes that wait or are being written. */
  readonly pending: () => number
  /** Done when all before it is; later ones are refused. */
  readonly close: (done: Done) => void
}

type Waiting = { readonly operations: readonly Operation[]; readonly done: Done }

export const createBatchQueue = (port: KeyValuePort): BatchQueue => {
  let queue: Waiting[] = []
  let writing = 0
  let failure: StorageError | undefined
  let whenIdle: (() => void) | undefined

  const next = (): void => {
    const joined = takeJoined(queue)
    writing = joined.length
    if (writing === 0) {
      whenIdle?.()
      return
    }
    queue = queue.slice(writing)
    port.batch(
      joined.flatMap(({ operations }) => operations),
      { sync: true },
      (error) => {
        if (error !== undefined) fail(error)
        for (const { done } of joined) done(error)
        next()
      },
    )
  }

  const fail = (error: StorageError): void => {
    failure = error
    const refused = queue
    queue = []
    for (const { done } of refused) done(error)
  }

  return {
    push: (operations, done) => {
      if (failure !== undefined) {
        const cause = failure
        done(new StorageError('storage_failed', 'the database is closed', { cause }))
        return
      }
      queue.push({ operations, done })
      if (writing === 0) next()
    },
    pending: () => queue.length + writing,
    close: (done) => {
      failure ??= new StorageError('storage_failed', 'the database is closed')
      if (writing === 0) done()
      else whenIdle = done
    },
  }
}

/** The oldest writes that fit into one batch, at least one. */
const takeJoined = (queue: readonly Waiting[]): readonly Waiting[] => {
  let operations = 0
  const end = queue.findIndex((waiting, index) => {
    operations += waiting.operations.length
    return index > 0 && operations > BATCH_OPERATIONS_MAX
  })
  return end === -1 ? queue : queue.slice(0, end)
}
