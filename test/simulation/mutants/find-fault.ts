import { simulate } from '../simulate.ts'
import type { Swarm } from '../swarm.ts'

/** What a checker found in one simulation; `halted`: with what code the product stopped itself then. */
export type Fault = {
  readonly checker: string
  readonly message: string
  readonly halted?: string
}

export const findFault = (swarm: Swarm): Fault | undefined => {
  let halted: string | undefined
  const { failure } = simulate(swarm, {
    watch: (observation) => {
      halted = observation.type === 'stopped' ? observation.code : undefined
    },
  })
  if (failure === undefined || halted === undefined) return failure
  return { ...failure, halted }
}
