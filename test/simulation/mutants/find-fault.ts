import { z } from 'zod'
import { drawLeases } from '../leases/plan.ts'
import { simulateLeases } from '../leases/simulate-leases.ts'
import { simulate } from '../simulate.ts'
import type { Swarm } from '../swarm.ts'

/** What a checker found in one simulation; `halted`: with what code the product stopped itself then. */
export type Fault = {
  readonly checker: string
  readonly message: string
  readonly halted?: string
}

/** What a seed of venues that are cut off shows, or a simulation of a federation. */
export const LeaseJob = z.strictObject({ leases: z.int() }).readonly()
export type Job = Swarm | z.infer<typeof LeaseJob>

export const seedOf = (job: Job): number => ('leases' in job ? job.leases : job.seed)

export const findFault = (job: Job): Fault | undefined =>
  'leases' in job ? simulateLeases(drawLeases(job.leases)).failure : faultOf(job)

const faultOf = (swarm: Swarm): Fault | undefined => {
  let halted: string | undefined
  const { failure } = simulate(swarm, {
    watch: (observation) => {
      halted = observation.type === 'stopped' ? observation.code : undefined
    },
  })
  if (failure === undefined || halted === undefined) return failure
  return { ...failure, halted }
}
