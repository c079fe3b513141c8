import { linkNext, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES } from '../codes.ts'
import { type Door, readingPlaceOf } from '../door.ts'
import { problemResponses } from '../problem/problem.ts'
import { ListQuery, pageQueryOf } from '../schemas/list.ts'
import { pageView } from '../schemas/pages.ts'
import { ReservePage, reserveView } from '../schemas/reserves.ts'

/**
 * What there is of each asset, where it is, and what stands behind it. Sums are for everybody with a
 * credential; what one place has is that place's and its issuer's business.
 */
export const registerReserves = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/reserves',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'listReserves',
      tags: ['settlement'],
      summary: 'Where all there is of each asset is, oldest asset first',
      description:
        'Anybody with a credential reads the sums. `places` is for a key of a place with the action `read`: of an asset that its place issues, every place that has some; of any other, its own place alone. For everybody else it is empty.',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: ReservePage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const { limit, after } = pageQueryOf(request.query)
      const from = after?.index ?? 0
      const reader = readingPlaceOf(request)
      const found = await door.ports.books.reserves({ from, limit, ...(reader && { reader }) })
      const { reserves, more } = found.value
      const next = more ? { next: { height: 0, index: from + limit } } : {}
      const view = pageView({ ...found, value: { items: reserves, ...next } }, reserveView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}
