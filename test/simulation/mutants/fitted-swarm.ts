import { drawSwarm } from '../draw-swarm.ts'
import type { Swarm } from '../swarm.ts'
import type { Fit } from './mutant.ts'

/** The swarm of a seed, with what a mutant is seen best by. */
export const fittedSwarm = (seed: number, { liar, load }: Fit = {}): Swarm => {
  const drawn = drawSwarm(seed)
  if (drawn.calm || drawn.overFault) return drawn
  return {
    ...drawn,
    load: load ?? drawn.load,
    liars: drawn.liars.map(({ member, adversary }) => ({ member, adversary: liar ?? adversary })),
  }
}
