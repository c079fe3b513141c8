import type { Federation } from './federation.ts'
import type { RandomSource } from './random.ts'

/** One stroke of one fault, as data: when, for how long, whom, and how hard. */
export type Blow = {
  readonly fault: string
  readonly atMs: number
  readonly forMs: number
  /** Machines, authorities first. */
  readonly machines: readonly number[]
  readonly amount: number
}

/** What a fault may choose from. */
export type Scene = {
  readonly machines: number
  readonly authorities: number
  /** Machines that play by the rules: a liar is bad enough. */
  readonly honest: readonly number[]
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
