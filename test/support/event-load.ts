import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import { settleOrder } from '#scripts/festival/verdict.ts'
import type { FederationTill } from './federation-till.ts'

const QUEUES = 4
/** Between two customers of a queue: a busy bar, on a machine that has other things to do. */
const CUSTOMER_PAUSE_MS = 40
const FUNDS = 20_000

/** Customers who pay one after the other in some queues, while something happens; their payments. */
export const whilePaying = async (
  till: FederationTill,
  act: (applied: ReadonlyMap<string, number>) => Promise<void>,
): Promise<ReadonlyMap<string, number>> => {
  const card = await till.newCard('secret', FUNDS)
  const applied = new Map<string, number>()
  let isOver = false
  const queue = async (): Promise<void> => {
    while (!isOver) {
      const id = v7()
      const body = { id, payers: [card.face], amount: 1 }
      const verdict = await settleOrder(till.client, { path: '/v1/payments', id, body })
      if (verdict.status === 'applied') applied.set(id, verdict.height)
      await sleep(CUSTOMER_PAUSE_MS)
    }
  }
  const queues = Array.from({ length: QUEUES }, queue)
  try {
    await act(applied)
  } finally {
    isOver = true
  }
  await Promise.all(queues)
  return applied
}
