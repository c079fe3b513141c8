import { StorageError } from './storage-error.ts'

/** The database holds something that we never wrote. */
export const corruptState = (detail: string): StorageError =>
  new StorageError(
    'state_corrupt',
    `the database is corrupt: ${detail}. Keep the directory for inspection, and restore it or let ` +
      'the node fetch the ledger again into an empty one',
  )

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
