import { linkNext, refuse, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { problemResponses } from '../problem/problem.ts'
import { ClosingPage, ClosingsParams, closingsQuery, closingView } from '../schemas/closings.ts'
import { pageView } from '../schemas/pages.ts'

/** What a place took, day by day and till by till. */
export const registerClosings = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/closings',
    onRequest: door.requires({ may: 'read' }),
    schema: {
      operationId: 'listClosings',
      tags: ['books'],
      summary: 'Takings of this place by UTC day and till, newest day first',
      description:
        'Made from the ledger alone, so that every node at the same height answers the same. A day that is `complete` never changes. A page may have fewer days than asked for: `next` goes on. 503 `node_overloaded`: the day has much in it; what was added up is kept, ask again; or another request of this key for closings or an export is under way.',
      security: BEARER_OR_SIGNED,
      querystring: ClosingsParams,
      response: {
        200: ClosingPage,
        ...problemResponses([...READ_CODES, 'cursor_invalid', 'node_overloaded']),
      },
    },
    handler: async (request, reply) => {
      const { place, keyId } = callerOf(request)
      const query = closingsQuery(place, request.query)
      const visit = { keyId, signal: door.patience(reply) }
      const found = await door.ports.placeBooks.closings(query, visit)
      if (found === 'busy') return refuse(reply, 'node_overloaded')
      const view = pageView(found, closingView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}
