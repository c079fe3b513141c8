import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadClient } from './load-client.ts'
import { type LoadResult, Tally } from './tally.ts'

/** Transactions in one request of a load by batches: as many as the API takes. */
export const BATCH_SIZE = 100

/** How a load asks: one payment a request, as tills do, or many, as who gathers those of many tills. */
export type Asking = 'singles' | 'batches'

export type Saturating = {
  readonly asking: Asking
  /** Payments on their way at one time. */
  readonly inFlight: number
  readonly seconds: number
}

/** As many in flight as told, until the texts or the time run out. */
export const saturate = async (
  client: LoadClient,
  texts: readonly string[],
  { asking, inFlight, seconds }: Saturating,
): Promise<LoadResult> => {
  const size = asking === 'batches' ? BATCH_SIZE : 1
  const tally = new Tally()
  const endMs = performance.now() + seconds * 1_000
  let next = 0
  const work = async (): Promise<void> => {
    while (next < texts.length && performance.now() < endMs) {
      const share = texts.slice(next, next + size)
      next += share.length
      await ask(client, tally, share)
    }
  }
  await Promise.all(Array.from({ length: Math.ceil(inFlight / size) }, work))
  return tally.result()
}

/** So many a second, whatever became of those before: customers do not wait for each other. */
export const atRate = async (
  client: LoadClient,
  texts: readonly string[],
  { asking, perSecond }: { readonly asking: Asking; readonly perSecond: number },
): Promise<LoadResult> => {
  const size = asking === 'batches' ? BATCH_SIZE : 1
  const tally = new Tally()
  const startMs = performance.now()
  const sent: Promise<void>[] = []
  for (let next = 0; next < texts.length; ) {
    const due = ((performance.now() - startMs) / 1_000) * perSecond
    while (next < texts.length && next + size <= due + 1) {
      sent.push(ask(client, tally, texts.slice(next, next + size)))
      next += size
    }
    if (next < texts.length) await sleep(1)
  }
  tally.allSent()
  await Promise.all(sent)
  return tally.result()
}

/** One after the other, as at an empty bar. */
export const oneByOne = async (
  client: LoadClient,
  texts: readonly string[],
  pauseMs: number,
): Promise<LoadResult> => {
  const tally = new Tally()
  for (const text of texts) {
    await ask(client, tally, [text])
    await sleep(pauseMs)
  }
  return tally.result()
}

const ask = async (client: LoadClient, tally: Tally, share: readonly string[]): Promise<void> => {
  const askedMs = performance.now()
  const [first = ''] = share
  const answer = await (share.length === 1 ? client.submit(first) : client.submitAll(share))
  tally.add(answer, { count: share.length, askedMs })
}
