import { StorageError } from './storage-error.ts'

/**
 * The first write that failed here. Every writer of one node shares it: what comes after a write that
 * is not on disk would leave a hole, so none of them writes any more.
 */
export type FirstFailure = {
  readonly error: () => StorageError | undefined
  /** Only the first one counts. */
  readonly note: (error: StorageError) => void
  /** What a write is told that comes after it; undefined while nothing has failed. */
  readonly refusal: () => StorageError | undefined
}

export const createFirstFailure = (): FirstFailure => {
  let first: StorageError | undefined
  return {
    error: () => first,
    note: (error) => {
      first ??= error
    },
    refusal: () =>
      first &&
      new StorageError('storage_failed', 'nothing is written after a failed write', {
        cause: first,
      }),
  }
}
