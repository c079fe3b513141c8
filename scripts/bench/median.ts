/** The middle one of several, by a figure; of an even number the lower of the two. Throws when there is none. */
export const medianBy = <T>(items: readonly T[], figure: (item: T) => number): T => {
  const sorted = [...items].sort((a, b) => figure(a) - figure(b))
  const middle = sorted[Math.ceil(sorted.length / 2) - 1]
  if (middle === undefined) throw new RangeError('a median of nothing')
  return middle
}

export const medianOf = (figures: readonly number[]): number => medianBy(figures, (each) => each)
