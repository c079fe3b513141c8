import type { Checker } from '../observation.ts'

/** Invariant 12 and its like: an honest node never stops by itself, and evidence names liars only. */
export const createHonest = (liars: ReadonlySet<number>): Checker => ({
  name: 'honest',
  see: (observation) => {
    if (!observation.who.honest) return undefined
    if (observation.type === 'stopped') return `${observation.code}: ${observation.detail}`
    if (observation.type !== 'evidence' || liars.has(observation.member)) return undefined
    return `evidence against honest member ${observation.member}`
  },
})
