import { v7 } from 'uuid'
import type { Counter } from './counter.ts'
import { CARD_CAP } from './venues.ts'
import { settleOrder, type Verdict } from './verdict.ts'

/**
 * At every till somebody asks for more than anybody has, and asks again: refused, both times, for lack
 * of money. Gives how many payments that were. Anything else is a contradiction in the book.
 */
export const turnAway = async (counters: readonly Counter[]): Promise<number> => {
  await Promise.all(counters.map(turnOneAway))
  return counters.length
}

const turnOneAway = async ({ venue, till, cards, book }: Counter): Promise<void> => {
  const [card] = cards
  if (card === undefined) throw new Error('a till without customers')
  const id = v7()
  const body = { id, payers: [card.face], amount: CARD_CAP }
  const order = { path: '/v1/payments', id, body }
  const verdicts = [await settleOrder(till.client, order), await settleOrder(till.client, order)]
  for (const verdict of verdicts) {
    if (isRefusal(verdict)) continue
    book.contradict(`${id}, which nobody could pay, is ${JSON.stringify(verdict)}`)
  }
  const [verdict] = verdicts
  if (verdict) book.add({ id, kind: 'sale', venue, card, amount: CARD_CAP, verdict })
}

const isRefusal = (verdict: Verdict): boolean =>
  verdict.status === 'refused' && verdict.code === 'insufficient_funds'
