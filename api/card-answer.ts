import type { FastifyReply } from 'fastify'
import { parseId } from '#protocol/id.ts'
import type { Kind } from '#protocol/transaction/kinds/transaction-body.ts'
import { created, settleOther, turnAway } from './answer.ts'
import { orderCodes } from './codes.ts'
import type { CardName } from './ports/desk.ts'
import type { CardAnswer } from './ports/outcome.ts'
import { problemResponses } from './problem/problem.ts'
import { CardAnswerView } from './schemas/cards.ts'
import { cardView } from './schemas/records.ts'
import { appliedView, PendingView } from './schemas/transaction.ts'

/** What every order about one card answers that becomes a transaction of one of these kinds. */
export const cardResponses = (...kinds: readonly Kind[]) => ({
  200: CardAnswerView,
  201: CardAnswerView,
  202: PendingView,
  ...problemResponses([...orderCodes(...kinds), 'tags_not_supported']),
})

/** Answers with the card as it is now. */
export const settleCard = (reply: FastifyReply, answer: CardAnswer): FastifyReply => {
  if (answer.kind === 'outcome') return settleOther(reply, answer)
  if (answer.kind !== 'card') return turnAway(reply, answer)
  const { card, applied, replayed } = answer
  return created(reply, replayed).send({
    card: cardView(card),
    ...(applied && { transaction: appliedView(applied.id, applied) }),
  })
}

/** The card that an address names. */
export const cardNamed = (text: string): CardName => {
  const card = parseId('crd', text)
  return card === undefined ? { tag: text } : { card }
}
