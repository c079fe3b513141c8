import { settle } from '../answer.ts'
import { type App, BEARER } from '../app.ts'
import { CONSENT_CODES, orderCodes } from '../codes.ts'
import type { Door } from '../door.ts'
import { errandOf, requiredOrderId, run } from '../errand.ts'
import { problemResponses } from '../problem/problem.ts'
import { TopUpBody } from '../schemas/orders.ts'
import { AppliedView, PendingView } from '../schemas/transaction.ts'

/** Money put on a card at the desk. */
export const registerTopUps = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/topups',
    onRequest: door.requires('issue'),
    schema: {
      operationId: 'topUp',
      tags: ['topups'],
      summary: 'Issue local money against cash or a card payment, or gift money as a present',
      security: BEARER,
      body: TopUpBody,
      response: {
        200: AppliedView,
        201: AppliedView,
        202: PendingView,
        ...problemResponses([
          ...orderCodes('issue'),
          'tags_not_supported',
          'asset_required',
          ...CONSENT_CODES,
        ]),
      },
    },
    handler: async (request, reply) => {
      const { id, to, amount, asset, isGift, consents } = request.body
      const named = requiredOrderId(request, reply, id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = {
        ...{ id: named.id, to, amount },
        ...(isGift && { category: 'gift' as const }),
        ...(asset && { asset }),
        ...(consents && { consents }),
      }
      const work = door.ports.desk.topUp(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}
