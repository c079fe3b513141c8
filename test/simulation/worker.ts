import { parentPort } from 'node:worker_threads'
import { drawSwarm } from './draw-swarm.ts'
import { simulate } from './simulate.ts'

/** Simulates every seed it is sent, and answers with the outcome. */
const port = parentPort
if (port === null) throw new Error('this runs in a worker thread')
port.on('message', (seed: number) => port.postMessage(simulate(drawSwarm(seed))))
