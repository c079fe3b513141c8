import { parentPort } from 'node:worker_threads'
import type { SeedRange } from '../run-seeds.ts'
import { playLeases } from './report.ts'

/** Plays every range of seeds it is sent, and answers with the report. */
const port = parentPort
if (port === null) throw new Error('this runs in a worker thread')
port.on('message', (range: SeedRange) => port.postMessage(playLeases(range)))
