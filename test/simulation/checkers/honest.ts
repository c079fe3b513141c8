import { type Checker, isReliable, type Observation } from '../observation.ts'

/**
 * Invariant 12 and its like: evidence names liars and the impaired only, no honest node is held to be
 * at fault by another, and a node stops by itself only where it must: when its disk says so.
 */
export const createHonest = (mayFail: (member: number) => boolean): Checker => ({
  name: 'honest',
  see: (observation) => (observation.who.honest ? judge(observation, mayFail) : undefined),
})

const judge = (
  observation: Observation,
  mayFail: (member: number) => boolean,
): string | undefined => {
  if (observation.type === 'stopped') {
    const { who, code, detail, excused } = observation
    return isReliable(who) && !excused ? `${code}: ${detail}` : undefined
  }
  if (observation.type === 'evidence' && !mayFail(observation.member)) {
    return `evidence against honest member ${observation.member}`
  }
  if (observation.type !== 'blamed' || !isReliable(observation.peer)) return undefined
  return `${observation.peer.name} is blamed for ${observation.reason}`
}
