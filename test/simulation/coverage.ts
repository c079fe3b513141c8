import type { Tally } from './tally.ts'

/** Seeds from which on everything that can happen must have happened. */
const SEEDS_MIN = 300

/** What faults must bring about somewhere, not only try to; and how payments must end somewhere. */
export const REQUIRED_MARKS = [
  'powerLost',
  'killed',
  'cut',
  'lost',
  'duplicated',
  'evidence',
  'ended applied',
  'ended refused',
  'ended expired',
] as const

/**
 * What a run of that many seeds never met, each with its name: a fault that no plan strikes with, an
 * adversary that never did its deed. Such a run shows nothing of it, however clean it is.
 */
export const missingIn = (
  seeds: number,
  tallies: { readonly faults: Tally; readonly byzantine: Tally; readonly marks: Tally },
): readonly string[] => {
  if (seeds < SEEDS_MIN) return []
  return Object.entries(tallies).flatMap(([group, tally]) =>
    Object.entries(tally)
      .filter(([, count]) => count === 0)
      .map(([name]) => `${group}: ${name}`),
  )
}
