import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { mutateModules } from './mutated-modules.ts'

/**
 * Simulates every job it is sent with the mutant it was made with, and answers what failed. What it
 * runs is loaded once the mutation stands.
 */
const Patches = z.array(z.strictObject({ file: z.string(), find: z.string(), replace: z.string() }))

const port = parentPort
if (port === null) throw new Error('this runs in a worker thread')
mutateModules({ patches: Patches.parse(workerData) })
const { Swarm } = await import('../swarm.ts')
const { findFault, LeaseJob } = await import('./find-fault.ts')
const Job = z.union([LeaseJob, Swarm])
port.on('message', (job: unknown) => port.postMessage(findFault(Job.parse(job))))
