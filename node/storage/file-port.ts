import type { Answer, Done } from './completion.ts'

/**
 * One preallocated file. A write is durable once a `sync` that began after it was done is done. The
 * bytes given must not change before a write is done.
 */
export type FilePort = {
  readonly name: string
  /** Bytes of the file when it was opened. */
  readonly size: number
  /** Blocks until read: only while nothing else runs yet. Throws `StorageError`. */
  readonly read: (offset: number, length: number) => Uint8Array
  readonly write: (offset: number, bytes: Uint8Array, done: Done) => void
  /** These bytes are on disk when done, whatever else is not: a write and its sync in one. */
  readonly writeDurably: (offset: number, bytes: Uint8Array, done: Done) => void
  /** Everything written is on disk: fdatasync, since the size never changes. */
  readonly sync: (done: Done) => void
  readonly close: (done: Done) => void
}

/** One directory of preallocated files. */
export type DirectoryPort = {
  /** Names, ascending. Blocks: only while nothing else runs yet. Throws `StorageError`. */
  readonly list: () => readonly string[]
  /** Opens an existing file. Blocks: only while nothing else runs yet. Throws `StorageError`. */
  readonly open: (name: string) => FilePort
  /** Creates the file, or lengthens it, with zero bytes up to `size`; file and entry are synced. */
  readonly preallocate: (name: string, size: number, answer: Answer<FilePort>) => void
  /** Gives a file another name; the entry is synced. */
  readonly rename: (name: string, to: string, done: Done) => void
  /** Removes a file; the entry is synced. */
  readonly remove: (name: string, done: Done) => void
  /** Reads a part of a file that need not be open. */
  readonly read: (
    name: string,
    range: { readonly offset: number; readonly length: number },
    answer: Answer<Uint8Array>,
  ) => void
}
