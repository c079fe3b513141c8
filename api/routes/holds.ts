import { z } from 'zod'
import { HoldId } from '#protocol/id.ts'
import { linkNext, refuse, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { problemResponses } from '../problem/problem.ts'
import { HoldAnswer, HoldPage, HoldsQuery, holdQueryOf, holdView } from '../schemas/holds.ts'
import { ReadQuery } from '../schemas/list.ts'
import { pageView } from '../schemas/pages.ts'

const HoldParams = z.strictObject({ id: HoldId })

/** Money of others that is set apart for this place. */
export const registerHolds = (app: App, door: Door): void => {
  listHolds(app, door)
  readHold(app, door)
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
