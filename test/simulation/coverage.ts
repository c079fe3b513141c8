import { CODE_NAMES } from './ledger-codes.ts'
import { EPOCH_MARKS, RARE_EPOCH_MARKS } from './rare-epochs.ts'
import { RARE_MARKS } from './rare-paths.ts'
import { LOADS } from './swarm.ts'
import type { Tally } from './tally.ts'
import { REPLAYED } from './trouble.ts'

/** Seeds from which on everything that is drawn must have happened, and from which on what is rare. */
const SEEDS_MIN = 300
const RARE_SEEDS_MIN = 2_000

/** What faults must bring about somewhere, not only try to; and how payments must end somewhere. */
export const REQUIRED_MARKS = [
  'powerLost',
  'killed',
  'cut',
  'lost',
  'duplicated',
  'overtaken',
  'evidence',
  'blamed',
  'ended applied',
  'ended refused',
  'ended expired',
  'stopped io_failed',
  'stopped disk_full',
  ...EPOCH_MARKS,
  'report snapshot_received',
  'report consensus_clock',
  'report consensus_invalidBlock',
  ...LOADS.filter((load) => load !== 'idle').map((load) => `load ${load}`),
] as const

/** What a run must have met once it is long enough for what is rare: paths, codes, and sizes. */
export const LATE_MARKS: readonly string[] = [
  ...RARE_MARKS,
  ...RARE_EPOCH_MARKS,
  REPLAYED,
  'over-fault fork',
  'report snapshot_resumed',
  'reject broken_snapshot',
  'stopped block_log_corrupt',
  'stopped state_corrupt',
  ...Array.from({ length: 10 }, (_, index) => `${index + 4} authorities`),
  '1 authorities',
  'real signatures',
]

/**
 * What a run of that many seeds never met, each with its name: a fault that no plan strikes with, an
 * adversary that never did its deed. Such a run shows nothing of it, however clean it is.
 */
export const missingIn = (
  seeds: number,
  {
    faults,
    byzantine,
    marks,
    codes,
  }: Readonly<Record<'faults' | 'byzantine' | 'marks' | 'codes', Tally>>,
): readonly string[] => {
  if (seeds < SEEDS_MIN) return []
  const late = new Set(seeds < RARE_SEEDS_MIN ? [...LATE_MARKS, ...CODE_NAMES] : [])
  return Object.entries({ faults, byzantine, marks, codes }).flatMap(([group, tally]) =>
    Object.entries(tally)
      .filter(([name, count]) => count === 0 && !late.has(name))
      .map(([name]) => `${group}: ${name}`),
  )
}
