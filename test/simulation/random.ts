/**
 * Numbers that look random and follow from a seed alone: sfc32 (Chris Doty-Humphrey, PractRand), a
 * small generator of 128 bits of state.
 */
export type RandomSource = {
  /** Uniform in [0, 1). */
  readonly next: () => number
  /** A whole number below `bound`. */
  readonly below: (bound: number) => number
  /** A whole number between two, both included. */
  readonly between: (low: number, high: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <T>(items: readonly [T, ...T[]]) => T
  /** The items in another order. */
  readonly shuffle: <T>(items: readonly T[]) => readonly T[]
  /** Another source that depends on this one's seed and the label only, not on what was drawn. */
  readonly fork: (label: string) => RandomSource
}

export const createRandom = (seed: string): RandomSource => {
  const next = sfc32(seed)
  const below = (bound: number): number => Math.floor(next() * bound)
  const shuffle = <T>(items: readonly T[]): readonly T[] =>
    items
      .map((item) => ({ item, key: next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item)
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)] ?? items[0],
    shuffle,
    fork: (label) => createRandom(`${seed}/${label}`),
  }
}

const WARM_UP = 15

const sfc32 = (seed: string): (() => number) => {
  let [a, b, c, counter] = wordsOf(seed)
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let round = 0; round < WARM_UP; round++) next()
  return next
}

/** Four words of a text: FNV-1a from four beginnings. */
const wordsOf = (text: string): [number, number, number, number] => {
  const words: [number, number, number, number] = [0x811c9dc5, 0x2f0b4c47, 0x7d3f9a11, 0x51ed270b]
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    for (let word = 0; word < words.length; word++) {
      words[word] = Math.imul((words[word] ?? 0) ^ (code + word), 0x01000193)
    }
  }
  return words
}
