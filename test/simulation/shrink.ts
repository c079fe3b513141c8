import { simulate } from './simulate.ts'
import type { Swarm } from './swarm.ts'

/** Simplifications that are tried over and over: more would rarely find anything. */
const TRIES_MAX = 400

/**
 * The smallest simulation found that fails as this one does: with blows, liars, followers and load left
 * out, one after the other, as long as the same checker complains. Undefined when it does not fail.
 */
export const shrink = (swarm: Swarm, onTry: (left: Swarm) => void = () => undefined) => {
  const wanted = simulate(swarm).failure?.checker
  if (wanted === undefined) return undefined
  const fails = (simpler: Swarm): boolean => simulate(simpler).failure?.checker === wanted
  let [best, tries] = [swarm, 0]
  for (let improved = true; improved && tries < TRIES_MAX; ) {
    const simpler = simplerThan(best).find((candidate) => {
      tries += 1
      return tries <= TRIES_MAX && fails(candidate)
    })
    improved = simpler !== undefined
    best = simpler ?? best
    if (improved) onTry(best)
  }
  return { swarm: best, checker: wanted, tries }
}

/** Each with something less, the largest steps first. Fewer liars than make two chains are another matter. */
export const simplerThan = (swarm: Swarm): readonly Swarm[] => [
  ...withoutParts(swarm.plan).map((plan) => ({ ...swarm, plan })),
  ...(swarm.overFault ? [] : withoutParts(swarm.liars)).map((liars) => ({ ...swarm, liars })),
  ...withoutParts(swarm.changes).map((changes) => ({ ...swarm, changes })),
  ...plainerChanges(swarm).map((change) => ({ ...swarm, ...change })),
  ...simplerSettings(swarm).map((change) => ({ ...swarm, ...change })),
]

/** The same changes with less about them, and no candidates where nobody names one. */
const plainerChanges = (swarm: Swarm): readonly Partial<Swarm>[] => {
  const { candidates, changes, outdated } = swarm
  const plain = changes.map((change) => ({ ...change, version: null, twice: false }))
  const isPlain = changes.every(({ version, twice }) => version === null && !twice)
  const isNamed = largestNamed(swarm) >= swarm.authorities + swarm.followers
  return [
    ...(outdated.length > 0 ? [{ outdated: [] }] : []),
    ...(isPlain ? [] : [{ changes: plain }]),
    ...(candidates.length > 0 && !isNamed ? [{ candidates: [] }] : []),
  ]
}

/** The last machine that anything is about. */
const largestNamed = ({ plan, liars, changes, outdated }: Swarm): number =>
  Math.max(
    0,
    ...plan.flatMap(({ machines }) => machines),
    ...liars.map(({ member }) => member),
    ...changes.flatMap(({ members, through }) => [through, ...members]),
    ...outdated,
  )

const simplerSettings = (swarm: Swarm): readonly Partial<Swarm>[] => {
  const { followers, load, skewMaxMs, syncMs, realSignatures, candidates } = swarm
  const largest = largestNamed(swarm)
  // Candidates are numbered after them.
  const follower = candidates.length > 0 ? followers : Math.max(0, largest - swarm.authorities + 1)
  return [
    ...(realSignatures ? [{ realSignatures: false }] : []),
    ...(followers > follower ? [{ followers: follower }] : []),
    ...(load === 'idle' ? [] : [{ load: 'idle' as const }]),
    ...(load === 'idle' || load === 'single' ? [] : [{ load: 'single' as const }]),
    ...(skewMaxMs > 0 ? [{ skewMaxMs: 0 }] : []),
    ...(syncMs.max > 0 ? [{ syncMs: { min: 0, max: 0 } }] : []),
  ]
}

/** The list without all, half, and each one of its items. */
const withoutParts = <T>(items: readonly T[]): readonly (readonly T[])[] => {
  const lists: (readonly T[])[] = []
  for (let size = items.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < items.length; from += size) lists.push(items.toSpliced(from, size))
  }
  return lists
}
