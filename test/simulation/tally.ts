import { z } from 'zod'

/** How often each named thing happened. */
export const Tally = z.record(z.string(), z.int()).readonly()
export type Tally = z.infer<typeof Tally>

export type Counter = {
  readonly count: (name: string, times?: number) => void
  readonly tally: () => Tally
}

/** `names` are counted from 0, so that what never happened is seen. */
export const createCounter = (names: readonly string[] = []): Counter => {
  const counts = new Map<string, number>(names.map((name) => [name, 0]))
  return {
    count: (name, times = 1) => counts.set(name, (counts.get(name) ?? 0) + times),
    tally: () => Object.fromEntries(counts),
  }
}

export const sumOfTallies = (tallies: readonly Tally[]): Tally => {
  const { count, tally } = createCounter()
  for (const each of tallies) for (const [name, times] of Object.entries(each)) count(name, times)
  return tally()
}
