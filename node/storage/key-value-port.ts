import type { Changes } from './changes.ts'
import type { Answer, Done } from './completion.ts'

export type Entry = { readonly key: Uint8Array; readonly value: Uint8Array }

/** Keys from `from` on and before `to`, compared byte by byte; at most `limit`. */
export type KeyRange = {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly limit: number
  /** From the last key down. */
  readonly reverse?: boolean
}

/** An ordered store of bytes under bytes. */
export type KeyValuePort = {
  /** A point read from memory or a few pages: 6–9 µs. Throws `StorageError`. */
  readonly get: (key: Uint8Array) => Uint8Array | undefined
  readonly range: (range: KeyRange, answer: Answer<readonly Entry[]>) => void
  /**
   * Hands over the values of all keys from `from` on and before `to`, in order, as the texts that they are in
   * UTF-8, a page at a time: half the time of reading keys and bytes. What `onPage` throws is its caller's.
   */
  readonly texts: (
    range: Pick<KeyRange, 'from' | 'to'>,
    onPage: (texts: readonly string[]) => void,
    done: Done,
  ) => void
  /** All or nothing, in order; with `sync` it is on disk when done. */
  readonly batch: (changes: Changes, options: { readonly sync: boolean }, done: Done) => void
  /** Everything as of now, to be read however long while others write; whoever has it releases it. */
  readonly freeze: () => FrozenKeyValues
  readonly close: (done: Done) => void
}

/** An ordered store as it was at one moment. Nothing is read any more once it is released. */
export type FrozenKeyValues = {
  /** The values under the keys of a range, in their order, as the texts that they are: a fifth of what bytes cost. */
  readonly texts: (range: KeyRange, answer: Answer<readonly string[]>) => void
  readonly release: () => void
}
