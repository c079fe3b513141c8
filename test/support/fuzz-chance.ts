/** Choices that the same seed makes again. */
export type Chance = {
  /** 0 ≤ n < below. */
  readonly below: (below: number) => number
  readonly oneOf: <T>(choices: readonly T[]) => T
  /** Once in so many times. */
  readonly once: (inSoMany: number) => boolean
}

/** Mulberry32: enough to choose by, and short. */
export const createChance = (seed: number): Chance => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number): number => next() % limit
  return {
    below,
    oneOf: (choices) => {
      const chosen = choices[below(choices.length)]
      if (chosen === undefined) throw new Error('nothing to choose from')
      return chosen
    },
    once: (inSoMany) => below(inSoMany) === 0,
  }
}
