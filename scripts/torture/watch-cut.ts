import { setTimeout as pause } from 'node:timers/promises'
import { type Place, placesOf } from '../festival/heights.ts'
import type { Partition } from './blow.ts'
import { type Cast, hasQuorum } from './cast.ts'
import type { Stage } from './stage.ts'

/** How long a node may take to tell its height. */
export const ANSWER_MS = 2_000
/** What was on its way before a cut is final by then, or never. */
const GRACE_MS = 4_000
/** A cut that is hardly longer shows nothing. */
const CUT_MS_MIN = GRACE_MS + 1_000

/**
 * On a side without a quorum nothing becomes final, as long as the cut lasts. `struck`: nodes that are
 * started meanwhile, and may find on their disk more than they told before.
 */
export const watchCut = async (
  { federation, cast, tally }: Stage,
  { sides, forMs }: Partition,
  struck: readonly string[],
): Promise<void> => {
  if (forMs < CUT_MS_MIN) return
  const cutOff = cutOffBy(cast, sides).filter((name) => !struck.includes(name))
  await pause(GRACE_MS)
  const before = await placesOf(federation, ANSWER_MS)
  await pause(forMs - CUT_MS_MIN)
  const after = await placesOf(federation, ANSWER_MS)
  for (const moved of movedAmong(cutOff, before, after)) tally.fault(moved)
}

/** Nodes that hear less than a quorum. */
export const cutOffBy = (cast: Cast, sides: Partition['sides']): readonly string[] =>
  sides.filter((side) => !hasQuorum(cast, side)).flat()

/** Of these nodes those whose height is another one afterwards, in sentences. */
export const movedAmong = (
  names: readonly string[],
  before: readonly Pick<Place, 'name' | 'at'>[],
  after: readonly Pick<Place, 'name' | 'at'>[],
): readonly string[] =>
  names.flatMap((name) => {
    const from = before.find((place) => place.name === name)?.at
    const to = after.find((place) => place.name === name)?.at
    if (from === undefined || to === undefined || from === to) return []
    return [`${name} went from block ${from} to ${to} though it heard no quorum`]
  })
