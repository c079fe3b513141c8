import { FEDERATION_MIN } from '#protocol/chain/chain-limits.ts'
import { drawSwarm } from '../draw-swarm.ts'
import type { Liar, Swarm } from '../swarm.ts'
import type { Fit } from './mutant.ts'

/** The swarm of a seed, with what a mutant is seen best by. */
export const fittedSwarm = (seed: number, { liar, load, overFault }: Fit = {}): Swarm => {
  const drawn = drawSwarm(seed, { overFault })
  if (drawn.calm || drawn.overFault) return drawn
  const liars = liar === undefined ? drawn.liars : liarsIn(drawn, liar)
  return { ...drawn, load: load ?? drawn.load, liars }
}

const liarsIn = ({ seed, authorities, liars, victims }: Swarm, adversary: string): Liar[] => {
  const mayLie = liars.length + victims.length === 0 && authorities >= FEDERATION_MIN
  const members = mayLie ? [seed % authorities] : liars.map(({ member }) => member)
  return members.map((member) => ({ member, adversary }))
}
