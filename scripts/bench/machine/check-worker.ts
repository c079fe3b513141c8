// One core's share of `measureChecks`: checks signatures until its time is over, and says how many.
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { verifySignature } from '#signature'

const Bytes = z.instanceof(Uint8Array)
const Asked = z.object({
  claims: z.array(z.object({ key: Bytes, signature: Bytes, message: Bytes })).min(1),
  ms: z.number(),
})

const { claims, ms } = Asked.parse(workerData)

/** Checks between two looks at the clock, which costs as much as a thousandth of one. */
const BETWEEN_LOOKS = 16

const check = (): { readonly checks: number; readonly seconds: number } => {
  const startMs = performance.now()
  let checks = 0
  for (;;) {
    for (let count = 0; count < BETWEEN_LOOKS; count += 1) {
      const claim = claims[checks % claims.length]
      if (!claim || !verifySignature(claim.signature, claim.message, claim.key)) {
        throw new Error('a signature of the load does not hold')
      }
      checks += 1
    }
    const seconds = (performance.now() - startMs) / 1_000
    if (seconds * 1_000 >= ms) return { checks, seconds }
  }
}

// All begin together: the start of a thread is nothing to be measured.
parentPort?.once('message', () => parentPort?.postMessage(check()))
parentPort?.postMessage('ready')
