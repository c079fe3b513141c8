import { z } from 'zod'
import { HoldId } from '#protocol/id.ts'
import { linkNext, refuse, settle, stamped } from '../answer.ts'
import { type App, BEARER, BEARER_OR_SIGNED } from '../app.ts'
import { CAPTURE_CODES, CONSENT_CODES, orderCodes, READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { errandOf, requiredOrderId, run } from '../errand.ts'
import { problemResponses } from '../problem/problem.ts'
import { CaptureBody, HoldBody, ReleaseBody } from '../schemas/hold-orders.ts'
import { HoldAnswer, HoldPage, HoldsQuery, holdQueryOf, holdView } from '../schemas/holds.ts'
import { ReadQuery } from '../schemas/list.ts'
import { pageView } from '../schemas/pages.ts'
import { AppliedView, PendingView, TakenView } from '../schemas/transaction.ts'

const APPLIED = { 200: AppliedView, 201: AppliedView, 202: PendingView }
const HoldParams = z.strictObject({ id: HoldId })

/** Money of others that is set apart for this place. */
export const registerHolds = (app: App, door: Door): void => {
  openHold(app, door)
  listHolds(app, door)
  readHold(app, door)
  captureHold(app, door)
  releaseHold(app, door)
}

const openHold = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/holds',
    onRequest: door.requires('hold.open'),
    schema: {
      operationId: 'openHold',
      tags: ['holds'],
      summary: "Set a payer's money apart for this place",
      description:
        'The first of `created` is the hold. What allows a payment allows it; by a mandate alone no more than the terms of leases of the asset. It counts as charged now: captures do not count again.',
      security: BEARER,
      body: HoldBody,
      response: {
        ...APPLIED,
        ...problemResponses([
          ...orderCodes('hold.open'),
          'tags_not_supported',
          'asset_required',
          ...CONSENT_CODES,
        ]),
      },
    },
    handler: async (request, reply) => {
      const { id, payer, asset, graceMs, expires, ...terms } = request.body
      const named = requiredOrderId(request, reply, id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = {
        ...{ ...terms, id: named.id, payer, expiresAtMs: Date.parse(expires) },
        ...(asset && { asset }),
        ...(graceMs !== undefined && { graceMs }),
      }
      const work = door.ports.desk.openHold(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}

const listHolds = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/holds',
    onRequest: door.requires({ may: 'read' }),
    schema: {
      operationId: 'listHolds',
      tags: ['holds'],
      summary: 'Money that is set apart for this place, by when it expires',
      description:
        'Leases, tabs and preauthorisations; payouts and clearings have lists of their own. What is over leaves the list. Paging leaves none out, also when others end meanwhile.',
      security: BEARER_OR_SIGNED,
      querystring: HoldsQuery,
      response: { 200: HoldPage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const query = holdQueryOf(callerOf(request).place, request.query)
      const found = await door.ports.holds.list(query)
      const view = pageView(found, holdView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const readHold = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/holds/:id',
    onRequest: door.requires({ may: 'read' }),
    schema: {
      operationId: 'getHold',
      tags: ['holds'],
      summary: 'What is captured of a hold, on its way, and left',
      security: BEARER_OR_SIGNED,
      params: HoldParams,
      querystring: ReadQuery,
      response: { 200: HoldAnswer, ...problemResponses([...READ_CODES, 'record_unknown']) },
    },
    handler: async (request, reply) => {
      const found = await door.ports.holds.one(callerOf(request).place, request.params.id)
      const at = stamped(reply, found)
      if (found.value === undefined) return refuse(reply, 'record_unknown')
      return reply.code(200).send({ ...holdView(found.value), ...at })
    },
  })
}

const captureHold = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/holds/:id/captures',
    onRequest: door.requires({ may: 'hold.open' }),
    schema: {
      operationId: 'captureHold',
      tags: ['holds'],
      summary: 'Take a payment out of a hold, whole or in part, cut off or not',
      description:
        'The hold alone decides: neither card nor grant is looked at again. `id` is the payment: it is refunded by it. `captured`: it is on the disk of this node and not in a final block yet. The node signs with its own key, also for a till that has one.',
      security: BEARER_OR_SIGNED,
      params: HoldParams,
      body: CaptureBody,
      response: {
        200: TakenView,
        201: TakenView,
        202: PendingView,
        ...problemResponses(CAPTURE_CODES),
      },
    },
    handler: async (request, reply) => {
      const named = requiredOrderId(request, reply, request.body.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = { id: named.id, hold: request.params.id, amount: request.body.amount }
      const work = door.ports.desk.captureHold(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}

const releaseHold = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/holds/:id/release',
    onRequest: door.requires('hold.release'),
    schema: {
      operationId: 'releaseHold',
      tags: ['holds'],
      summary: 'Give what is left of a hold back to its owner',
      description:
        'Not while something that this node captured of it is on its way: `captures_pending`. A lease of the policy is opened anew at the next tap.',
      security: BEARER,
      params: HoldParams,
      body: ReleaseBody,
      response: {
        ...APPLIED,
        ...problemResponses([...orderCodes('hold.release'), 'captures_pending']),
      },
    },
    handler: async (request, reply) => {
      const named = requiredOrderId(request, reply, request.body.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const work = door.ports.desk.releaseHold({ id: named.id, hold: request.params.id }, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}
