import { parentPort } from 'node:worker_threads'
import type { SeedRange } from '../run-seeds.ts'
import { playScenarios } from './report.ts'
import { idsOf } from './scenario.ts'

/** Plays every range of scenarios it is sent, and answers with the report. */
const port = parentPort
if (port === null) throw new Error('this runs in a worker thread')
port.on('message', (range: SeedRange) => port.postMessage(playScenarios(idsOf(range))))
