import { setTimeout as pause } from 'node:timers/promises'
import { highestOf, type Place, placesOf } from '../festival/heights.ts'
import type { Partition } from './blow.ts'
import { type Cast, hasQuorum } from './cast.ts'
import type { Stage } from './stage.ts'

/** How long a node may take to tell its height. */
export const ANSWER_MS = 2_000
/** What was on its way before a cut is final by then, or never. */
const GRACE_MS = 4_000

/**
 * Lasts as long as the cut is to last, and sees that meanwhile nothing becomes final on a side without
 * a quorum. What was final before the cut its nodes may still learn from each other.
 */
export const watchCut = async (
  { federation, cast, tally }: Stage,
  { sides, forMs }: Partition,
): Promise<void> => {
  const endMs = performance.now() + forMs
  const atCut = await placesOf(federation, ANSWER_MS)
  await pause(Math.min(GRACE_MS, forMs))
  const before = await placesOf(federation, ANSWER_MS)
  await pause(Math.max(0, endMs - performance.now()))
  const after = await placesOf(federation, ANSWER_MS)
  for (const moved of wentOn({ cast, sides }, { atCut, before, after })) tally.fault(moved)
}

type Heights = readonly Pick<Place, 'name' | 'at'>[]

/** Nodes that went on without a quorum, in sentences. */
export const wentOn = (
  { cast, sides }: { readonly cast: Cast; readonly sides: Partition['sides'] },
  {
    atCut,
    before,
    after,
  }: { readonly atCut: Heights; readonly before: Heights; readonly after: Heights },
): readonly string[] =>
  sides
    .filter((side) => !hasQuorum(cast, side))
    .flatMap((side) => {
      const of = (heights: Heights): Heights => heights.filter(({ name }) => side.includes(name))
      const limit = Math.max(highestOf(atCut), highestOf(of(before)))
      return of(after)
        .filter(({ at = 0 }) => at > limit)
        .map(({ name, at }) => `${name} is at block ${at}, above ${limit}, and heard no quorum`)
    })
