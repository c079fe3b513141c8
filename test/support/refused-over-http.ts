import type { App } from '#api/app.ts'
import { createServer } from '#api/server.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { fakePorts } from '../api/fake-ports.ts'
import { createMachine } from '../node/desk/machine.ts'
import { type SoloNode, startNode } from '../node/desk/solo-node.ts'
import type { World } from './ledger-builders.ts'
import type { History } from './world-history.ts'

const PATIENCE_MS = 10_000

export type HttpAnswer = { readonly status: number; readonly body: unknown }

/**
 * Lets a node of its own, with the real core and store, go through the history of a world, each
 * transaction through its own door; then posts these over HTTP, and answers what the last one heard.
 */
export const answeredOverHttp = async (
  world: World,
  history: History,
  transactions: readonly VerifiedTransaction[],
): Promise<HttpAnswer> => {
  let wallMs = world.genesis.startTimeMs
  const clock = { wallMs: () => wallMs, monotonicMs: () => Math.floor(performance.now()) }
  const node = await startNode({ ...createMachine(), genesis: world.genesis, clock })
  node.start()
  const server = await createServer({ ports: fakePorts({ submissions: node.submissions }) })
  try {
    for (const step of history) {
      if (typeof step === 'function') {
        step(node.state)
        continue
      }
      wallMs = Math.max(wallMs, step.timestampMs)
      for (const transaction of step.transactions) await submitted(node, transaction)
    }
    wallMs = Math.max(wallMs, world.nowMs() + 1)
    return await posted(server, transactions)
  } finally {
    await server.close()
    node.stop()
  }
}

const submitted = async (node: SoloNode, { text, body }: VerifiedTransaction): Promise<void> => {
  const waiting = { waitMs: PATIENCE_MS, signal: new AbortController().signal }
  const answer = await node.submissions.submit(text, waiting)
  const isDone = answer.kind === 'outcome' && answer.state.status !== 'pending'
  if (!isDone) throw new Error(`${body.kind}: ${JSON.stringify(answer)}`)
}

const posted = async (
  server: App,
  transactions: readonly VerifiedTransaction[],
): Promise<HttpAnswer> => {
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  let last: HttpAnswer = { status: 0, body: undefined }
  for (const { text } of transactions) {
    const headers = { 'content-type': 'application/jose', prefer: 'wait=10' }
    const answer = await fetch(`${url}/v1/transactions`, { method: 'POST', headers, body: text })
    last = { status: answer.status, body: await answer.json() }
  }
  return last
}
