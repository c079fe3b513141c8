import { linkNext, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES } from '../codes.ts'
import type { Door } from '../door.ts'
import { problemResponses } from '../problem/problem.ts'
import { ListQuery, pageQueryOf } from '../schemas/list.ts'
import { pageView } from '../schemas/pages.ts'
import { ReservePage, reserveView } from '../schemas/reserves.ts'

/** What there is of each asset, where it is, and what stands behind it. */
export const registerReserves = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/reserves',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'listReserves',
      tags: ['settlement'],
      summary: 'Where all there is of each asset is, oldest asset first',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: ReservePage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const { limit, after } = pageQueryOf(request.query)
      const from = after?.index ?? 0
      const found = await door.ports.books.reserves({ from, limit })
      const { reserves, more } = found.value
      const next = more ? { next: { height: 0, index: from + limit } } : {}
      const view = pageView({ ...found, value: { items: reserves, ...next } }, reserveView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}
