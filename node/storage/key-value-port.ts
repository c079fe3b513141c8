import type { Answer, Done } from './completion.ts'

/** One change of a batch. */
export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

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
  /** All or nothing, in order; with `sync` it is on disk when done. */
  readonly batch: (
    operations: readonly Operation[],
    options: { readonly sync: boolean },
    done: Done,
  ) => void
  readonly close: (done: Done) => void
}
