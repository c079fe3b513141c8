import type { Kind } from '#protocol/transaction/kinds/transaction-body.ts'
import { settle } from '../answer.ts'
import { type App, BEARER } from '../app.ts'
import { orderCodes } from '../codes.ts'
import type { Door } from '../door.ts'
import { errandOf, requiredOrderId, run } from '../errand.ts'
import { problemResponses } from '../problem/problem.ts'
import { BadgeBody, MembershipBody } from '../schemas/services.ts'
import { AppliedView, PendingView } from '../schemas/transaction.ts'

const responses = (kind: Kind) => ({
  200: AppliedView,
  201: AppliedView,
  202: PendingView,
  ...problemResponses([...orderCodes(kind), 'tags_not_supported', 'asset_required']),
})

/** Memberships and badges: what a card carries beside money. */
export const registerServices = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/memberships',
    onRequest: door.requires('membership.set'),
    schema: {
      operationId: 'setMembership',
      tags: ['services'],
      summary: 'Extend a membership by its period, from its end or from now',
      description: 'Sold at a till it is a line of a payment instead. `validUntil` tells its end.',
      security: BEARER,
      body: MembershipBody,
      response: responses('membership.set'),
    },
    handler: async (request, reply) => {
      const { id, to, asset, amount } = request.body
      const named = requiredOrderId(request, reply, id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = {
        ...{ id: named.id, to },
        ...(asset && { asset }),
        ...(amount !== undefined && { amount }),
      }
      const work = door.ports.desk.setMembership(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/badges',
    onRequest: door.requires('badge'),
    schema: {
      operationId: 'badge',
      tags: ['services'],
      summary: 'Let somebody in or out',
      description: 'The answer says how often they came, and on the way out how long they stayed.',
      security: BEARER,
      body: BadgeBody,
      response: responses('badge'),
    },
    handler: async (request, reply) => {
      const { id, who, asset, direction } = request.body
      const named = requiredOrderId(request, reply, id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = { ...{ id: named.id, who, direction }, ...(asset && { asset }) }
      const work = door.ports.desk.badge(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}
