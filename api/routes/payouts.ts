import { z } from 'zod'
import { HoldId } from '#protocol/id.ts'
import { linkNext, settle, stamped } from '../answer.ts'
import { type App, BEARER, BEARER_OR_SIGNED } from '../app.ts'
import { CONSENT_CODES, orderCodes, READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { errandOf, requiredOrderId, run } from '../errand.ts'
import { problemResponses } from '../problem/problem.ts'
import { ListQuery, pageQueryOf } from '../schemas/list.ts'
import { pageView } from '../schemas/pages.ts'
import { PayoutBody, PayoutEndBody, PayoutPage, payoutView } from '../schemas/payouts.ts'
import { AppliedView, PendingView } from '../schemas/transaction.ts'

const APPLIED = { 200: AppliedView, 201: AppliedView, 202: PendingView }

/** Money that leaves the ledger. */
export const registerPayouts = (app: App, door: Door): void => {
  openPayout(app, door)
  listPayouts(app, door)
  endPayout(app, door)
}

const openPayout = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/payouts',
    onRequest: door.requires('redeem'),
    schema: {
      operationId: 'openPayout',
      tags: ['settlement'],
      summary: 'Set money apart that is to be paid out',
      description:
        'The first of `created` is the payout. Pay it outside only once this is applied, with that id as the idempotency key, and then settle it.',
      security: BEARER,
      body: PayoutBody,
      response: { ...APPLIED, ...problemResponses([...orderCodes('redeem'), ...CONSENT_CODES]) },
    },
    handler: async (request, reply) => {
      const { id, asset, amount, from } = request.body
      const named = requiredOrderId(request, reply, id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = { id: named.id, asset, amount, ...(from && { from }) }
      const work = door.ports.desk.redeem(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}

const listPayouts = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/payouts',
    onRequest: door.requires({ may: 'read' }),
    schema: {
      operationId: 'listPayouts',
      tags: ['settlement'],
      summary: 'Payouts that wait: to this place, and by it; oldest first',
      description:
        'What is settled is in the history of its wallet, and in the exports. Paging leaves none out, also when others are settled meanwhile.',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: PayoutPage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const query = pageQueryOf(request.query)
      const found = await door.ports.books.openPayouts(callerOf(request).place, query)
      const view = pageView(found, payoutView(found.timeMs))
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const endPayout = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/payouts/:payout/settlements',
    onRequest: door.requires('redeem'),
    schema: {
      operationId: 'settlePayout',
      tags: ['settlement'],
      summary: 'Say that a payout by this place was paid, or was not and is cancelled',
      description:
        "Signed with the place's own key, so that the grant may bound neither assets nor amounts. A gateway settles its own by a signed transaction.",
      security: BEARER,
      params: z.strictObject({ payout: HoldId }),
      body: PayoutEndBody,
      response: {
        ...APPLIED,
        ...problemResponses([...orderCodes('payout.settle'), 'grant_bounded', 'place_key_missing']),
      },
    },
    handler: async (request, reply) => {
      const { id, paid, reference } = request.body
      const named = requiredOrderId(request, reply, id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = { id: named.id, hold: request.params.payout, paid, reference }
      const work = door.ports.desk.endPayout(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}
