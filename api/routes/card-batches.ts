import { bytesToHex } from '@noble/hashes/utils.js'
import type { FastifyReply } from 'fastify'
import { created, located, marked, refuse, settleOther, turnAway } from '../answer.ts'
import { type App, BEARER } from '../app.ts'
import { orderCodes } from '../codes.ts'
import type { Door } from '../door.ts'
import { errandOf, requiredOrderId, run } from '../errand.ts'
import type { BatchAnswer, BatchTaken } from '../ports/card-desk.ts'
import { problemResponses } from '../problem/problem.ts'
import { BatchAnswerView, BatchBody } from '../schemas/card-orders.ts'
import { appliedView, pendingView } from '../schemas/transaction.ts'

/** Cards by the roll. */
export const registerCardBatches = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/card-batches',
    onRequest: door.requires('card.register'),
    schema: {
      operationId: 'registerCardBatch',
      tags: ['cards'],
      summary: 'Register up to 500 cards of one batch, all or nothing',
      description:
        'Claim codes are made here and told once, in the first answer, be it 201 or 202: a repeated order is answered without them.',
      security: BEARER,
      body: BatchBody,
      response: {
        200: BatchAnswerView,
        201: BatchAnswerView,
        202: BatchAnswerView,
        ...problemResponses([
          ...orderCodes('card.register', 'card.activate'),
          'tags_not_supported',
          'malformed',
        ]),
      },
    },
    handler: async (request, reply) => {
      const { id, mandate, attester, ...asked } = request.body
      const named = requiredOrderId(request, reply, id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      if (asked.activate && !errand.caller.actions.includes('card.activate')) {
        return refuse(reply, 'action_not_granted')
      }
      const order = {
        ...asked,
        id: named.id,
        ...(mandate && { mandate }),
        ...(attester && { attester }),
      }
      const work = door.ports.desk.registerBatch(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settleBatch(reply, answer))
    },
  })
}

const settleBatch = (reply: FastifyReply, answer: BatchAnswer): FastifyReply => {
  if (answer.kind === 'outcome') return settleOther(reply, answer)
  return answer.kind === 'batch' ? taken(reply, answer) : turnAway(reply, answer)
}

const taken = (reply: FastifyReply, { settlement, cards }: BatchTaken): FastifyReply => {
  const { id, state, replayed } = settlement
  const told = cards.map(({ card, claim }) => (claim ? { card, claim: spoken(claim) } : { card }))
  if (state.status === 'applied') {
    return created(reply, replayed).send({ transaction: appliedView(id, state), cards: told })
  }
  return located(marked(reply, replayed), id).send({
    transaction: pendingView(id, state),
    cards: told,
  })
}

/** From here on the code is in the answer alone. */
const spoken = (claim: Uint8Array): string => {
  const text = bytesToHex(claim)
  claim.fill(0)
  return text
}
