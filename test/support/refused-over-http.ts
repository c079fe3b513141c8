import { createServer } from '#api/server.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { fakePorts } from '../api/fake-ports.ts'
import { createMachine, type Machine } from '../node/desk/machine.ts'
import { type SoloNode, startNode } from '../node/desk/solo-node.ts'
import type { World } from './ledger-builders.ts'
import type { History } from './world-history.ts'

/** On a machine that is busy enough one wait ends before the outcome is there. */
const FINAL_WITHIN_MS = 40_000
/** Kept, and not final yet. */
const PENDING = 202

export type HttpAnswer = { readonly status: number; readonly body: unknown }

/**
 * Lets a node of its own, with the real core and store, go through the history of a world, each
 * transaction through its own door; then posts these over HTTP, and answers what the last one heard. More
 * than one are meant for one block.
 */
export const answeredOverHttp = async (
  world: World,
  history: History,
  transactions: readonly VerifiedTransaction[],
): Promise<HttpAnswer> => {
  let wallMs = world.genesis.startTimeMs
  const clock = { wallMs: () => wallMs, monotonicMs: () => Math.floor(performance.now()) }
  const machine = { ...createMachine(), genesis: world.genesis, clock }
  const first = await startNode(machine)
  first.start()
  try {
    for (const step of history) {
      if (typeof step === 'function') {
        step(first.state)
        continue
      }
      wallMs = Math.max(wallMs, step.timestampMs)
      for (const transaction of step.transactions) await submitted(first, transaction)
    }
    wallMs = Math.max(wallMs, world.nowMs() + 1)
    if (transactions.length === 1) return await answered(first, transactions)
    if (history.some((step) => typeof step === 'function')) {
      throw new Error('what was put past all rules is on no disk')
    }
    return await answered(await restarted(machine, first), transactions)
  } finally {
    first.stop()
  }
}

const submitted = async (node: SoloNode, { text, body }: VerifiedTransaction): Promise<void> => {
  const waiting = { waitMs: FINAL_WITHIN_MS, signal: new AbortController().signal }
  const answer = await node.submissions.submit(text, waiting)
  const isDone = answer.kind === 'outcome' && answer.state.status !== 'pending'
  if (!isDone) throw new Error(`${body.kind}: ${JSON.stringify(answer)}`)
}

/** The same node after it died: it makes no block before it is started. */
const restarted = async (machine: Machine, node: SoloNode): Promise<SoloNode> => {
  await node.recent.reachStored(node.recent.head().height, new AbortController().signal)
  node.stop()
  machine.kill()
  return await startNode(machine)
}

const answered = async (
  node: SoloNode,
  transactions: readonly VerifiedTransaction[],
): Promise<HttpAnswer> => {
  const server = await createServer({ ports: fakePorts({ submissions: node.submissions }) })
  try {
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    if (transactions.length > 1) {
      for (const { text } of transactions) await posted(url, text, 'respond-async')
      node.start()
    }
    return await final(url, transactions.at(-1)?.text ?? '')
  } finally {
    await server.close()
    node.stop()
  }
}

/** The outcome: while it is kept and not final, the same bytes are sent again, as a till does. */
const final = async (url: string, text: string): Promise<HttpAnswer> => {
  const endMs = performance.now() + FINAL_WITHIN_MS
  for (;;) {
    const answer = await posted(url, text, 'wait=10')
    if (answer.status !== PENDING || performance.now() > endMs) return answer
  }
}

const posted = async (url: string, text: string, prefer: string): Promise<HttpAnswer> => {
  const headers = { 'content-type': 'application/jose', prefer }
  const answer = await fetch(`${url}/v1/transactions`, { method: 'POST', headers, body: text })
  return { status: answer.status, body: await answer.json() }
}
