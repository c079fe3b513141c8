import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { idBytes, NetworkId } from '#protocol/id.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'

/** Cores that this machine lends to a benchmark. */
export const CORES = availableParallelism()

const Checked = z.object({ checks: z.number(), seconds: z.number() })

/**
 * Signature checks a second: the signatures of these transactions, as a node checks them, in so many threads
 * at once. With one thread a core, unless told otherwise: what the processes of a federation on this machine
 * share.
 */
export const measureChecks = async (
  texts: readonly string[],
  {
    network,
    ms,
    threads = CORES,
  }: { readonly network: string; readonly ms: number; readonly threads?: number },
): Promise<number> => {
  const networkId = NetworkId.parse(network)
  const claims = texts.flatMap((text) => claimsOf(text, networkId))
  const rates = await Promise.all(
    (await startThreads(claims, { ms, threads })).map(async (worker) => {
      const answer = messageOf(worker)
      worker.postMessage('go')
      const { checks, seconds } = Checked.parse(await answer)
      await worker.terminate()
      return checks / seconds
    }),
  )
  return rates.reduce((sum, rate) => sum + rate, 0)
}

type Claim = {
  readonly key: Uint8Array
  readonly signature: Uint8Array
  readonly message: Uint8Array
}

const startThreads = async (
  claims: readonly Claim[],
  { ms, threads }: { readonly ms: number; readonly threads: number },
): Promise<readonly Worker[]> =>
  await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new Worker(new URL('./check-worker.ts', import.meta.url), {
        workerData: { claims, ms },
      })
      await messageOf(worker)
      return worker
    }),
  )

const claimsOf = (text: string, networkId: NetworkId): readonly Claim[] => {
  const parsed = parseTransaction(text, networkId)
  if (!parsed.ok) throw new Error(`the load holds what is no transaction: ${parsed.code}`)
  return parsed.claims.map(({ key, signature, message }) => ({
    key: idBytes(key),
    signature,
    message,
  }))
}

const messageOf = (worker: Worker): Promise<unknown> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
