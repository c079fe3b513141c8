import { drawSwarm } from './draw-swarm.ts'
import type { Swarm } from './swarm.ts'

/** A simulation in which nothing fails, but for the changes. */
export const calm = (changes: Partial<Swarm>): Swarm => ({
  ...drawSwarm(1),
  seed: 1,
  authorities: 4,
  followers: 1,
  realSignatures: false,
  calm: true,
  load: 'bursts',
  troubledMs: 4_000,
  delay: { baseMs: 10, tailMs: 0 },
  ordered: true,
  syncMs: { min: 0, max: 0 },
  skewMaxMs: 0,
  blockTransactionsMax: 4,
  minBlockGapMs: 8,
  opening: null,
  liars: [],
  overFault: false,
  victims: [],
  plan: [],
  candidates: [],
  changes: [],
  outdated: [],
  ...changes,
})
