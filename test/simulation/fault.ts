import type { Federation } from './federation.ts'
import type { RandomSource } from './random.ts'
import type { Blow } from './swarm.ts'

/** What a fault may choose from. */
export type Scene = {
  readonly machines: number
  readonly authorities: number
  /** Machines that play by the rules: a liar is bad enough. */
  readonly honest: readonly number[]
  /** Authorities that a fault may harm for good: they are among the f that may fail. */
  readonly victims: readonly number[]
  readonly troubledMs: number
}

/** Something that goes wrong in the world. */
export type Fault = {
  readonly name: string
  readonly claim: string
  /** Draws its blows of one simulation, all within the troubled time. */
  readonly draw: (random: RandomSource, scene: Scene) => readonly Omit<Blow, 'fault'>[]
  readonly strike: (federation: Federation, blow: Blow) => void
}
