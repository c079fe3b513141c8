import { linkNext, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { problemResponses } from '../problem/problem.ts'
import { holdView } from '../schemas/holds.ts'
import {
  CapturesQuery,
  captureQueryOf,
  LeaseCapturesView,
  LeasesView,
  leaseCaptureView,
  leasesFacts,
} from '../schemas/leases.ts'
import { ListQuery, pageQueryOf } from '../schemas/list.ts'
import { pageView } from '../schemas/pages.ts'

/** What this node has against being cut off, and what became of what it promised. */
export const registerLeases = (app: App, door: Door): void => {
  readLeases(app, door)
  listCaptures(app, door)
}

const readLeases = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/leases',
    onRequest: door.requires({ may: 'read' }),
    schema: {
      operationId: 'getLeases',
      tags: ['holds'],
      summary: 'The offline state of this node: mode, policy, and what it can capture from',
      description:
        'The policy opens leases by itself; one more is a hold with the purpose `lease`. `totals` are of all leases, `items` are the page of them, by when they expire.',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: LeasesView, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const query = pageQueryOf(request.query)
      const found = await door.ports.holds.leases(callerOf(request).place, query)
      const view = pageView({ ...found, value: found.value.leases }, holdView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send({ ...leasesFacts(found.value, found.timeMs), ...view })
    },
  })
}

const listCaptures = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/leases/captures',
    onRequest: door.requires({ may: 'read' }),
    schema: {
      operationId: 'listLeaseCaptures',
      tags: ['holds'],
      summary: 'What became of each promise of this node: on its way, final, or lost',
      description:
        'What is `final` leaves the list soon, and is in the history of the place from then on; what was `lost`, and bears its code, stays for 90 days: nothing was charged, and the place bears it.',
      security: BEARER_OR_SIGNED,
      querystring: CapturesQuery,
      response: { 200: LeaseCapturesView, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const query = captureQueryOf(callerOf(request).place, request.query)
      const found = await door.ports.holds.captures(query)
      const view = pageView({ ...found, value: found.value.captures }, leaseCaptureView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send({ totals: found.value.totals, ...view })
    },
  })
}
