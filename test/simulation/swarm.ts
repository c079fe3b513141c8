import type { Blow } from './fault.ts'
import type { Delay } from './network.ts'

/** How much is asked of the federation: nothing, a payment now and then, or many at once. */
export type Load = 'idle' | 'single' | 'bursts'

/** A member that does not play by the rules: which, and in which way. */
export type Liar = { readonly member: number; readonly adversary: string }

/** Everything one simulation is made of; all of it follows from the seed. */
export type Swarm = {
  readonly seed: number
  readonly authorities: number
  readonly followers: number
  readonly realSignatures: boolean
  /** Nothing fails, and every message takes the same time. */
  readonly calm: boolean
  readonly load: Load
  /** How long anything may go wrong. */
  readonly troubledMs: number
  readonly delay: Delay
  readonly ordered: boolean
  readonly syncMs: { readonly min: number; readonly max: number }
  readonly skewMaxMs: number
  readonly blockTransactionsMax: number
  readonly minBlockGapMs: number
  readonly liars: readonly Liar[]
  readonly plan: readonly Blow[]
}
