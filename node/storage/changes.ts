/**
 * Takes what a batch changes, in order. Nothing that it is given is kept: the same bytes may hold the
 * next key or value at once.
 */
export type ChangeTaker = {
  readonly put: (key: Uint8Array, value: Uint8Array) => void
  readonly remove: (key: Uint8Array) => void
}

/**
 * What one batch changes, written out when the batch is: a segment has thousands of small keys and
 * values, and each that waits for its batch costs more than what is written into it.
 */
export type Changes = {
  /** How many, or near it: what waits for a batch is weighed by it. */
  readonly count: number
  readonly writeTo: (taker: ChangeTaker) => void
}

export const putting = (key: Uint8Array, value: Uint8Array): Changes => ({
  count: 1,
  writeTo: (taker) => taker.put(key, value),
})

export const removing = (keys: readonly Uint8Array[]): Changes => ({
  count: keys.length,
  writeTo: (taker) => {
    for (const key of keys) taker.remove(key)
  },
})

/** All of them, in order. */
export const joined = (all: readonly Changes[]): Changes => ({
  count: countOf(all),
  writeTo: (taker) => {
    for (const changes of all) changes.writeTo(taker)
  },
})

export const countOf = (all: readonly Changes[]): number =>
  all.reduce((sum, { count }) => sum + count, 0)
