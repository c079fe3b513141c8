/**
 * Why storage cannot do what it was asked.
 * `io_failed`: the operating system refused a read, write or sync. `disk_full`: no space or quota.
 * `journal_missing`: this node had a journal before. `journal_corrupt`, `block_log_corrupt`,
 * `state_corrupt`: bytes on disk are not what was written. `journal_full`: what must be kept does
 * not fit into one segment. `write_queue_full`, `commit_queue_full`: the disk does not keep up.
 * `storage_failed`: an earlier write failed, and nothing is written any more. `data_directory_in_use`: another process holds it.
 * `data_directory_foreign`: it belongs to another network. `data_directory_unknown`: of
 * another format.
 */
const STORAGE_CODES = [
  'io_failed',
  'disk_full',
  'journal_missing',
  'journal_corrupt',
  'journal_full',
  'block_log_corrupt',
  'state_corrupt',
  'write_queue_full',
  'commit_queue_full',
  'storage_failed',
  'data_directory_in_use',
  'data_directory_foreign',
  'data_directory_unknown',
] as const
export type StorageCode = (typeof STORAGE_CODES)[number]

/** A failure of the world under the store: whoever meets one stops the node. */
export class StorageError extends Error {
  readonly code: StorageCode

  constructor(code: StorageCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options)
    this.name = 'StorageError'
    this.code = code
  }
}

/** What happened first, where an error only says that something happened before. */
export const firstCauseOf = (error: StorageError): StorageError =>
  error.code === 'storage_failed' && error.cause instanceof StorageError ? error.cause : error

/** What the operating system said, as ours. */
export const storageErrorOf = (doing: string, cause: unknown): StorageError => {
  if (cause instanceof StorageError) return cause
  const full = FULL_CODES.has(systemCodeOf(cause))
  return full
    ? new StorageError('disk_full', `${doing}: the disk is full; free some space`, { cause })
    : new StorageError('io_failed', `${doing}: the disk failed`, { cause })
}

/** The code of a system error, or an empty text. */
export const systemCodeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : ''

const FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])
