// A worker written in TypeScript that calls every native module once; runtime.test.ts starts it.
import { parentPort, workerData } from 'node:worker_threads'
import { Level } from 'level'
import { hashPairs } from '#hash-pairs'
import { publicKeyOf, sign, verifySignature } from '#signature'

const message = new TextEncoder().encode('tap')
const seed = new Uint8Array(32).fill(7)
const pair = new Uint8Array(32)
hashPairs(new Uint8Array(64), pair)

const db = new Level(String(workerData))
await db.put('till', 'green', { sync: true })
const kept = db.getSync('till')
await db.close()

parentPort?.postMessage({
  pair: Buffer.from(pair).toString('hex'),
  verified: verifySignature(sign(message, seed), message, publicKeyOf(seed)),
  kept,
})
