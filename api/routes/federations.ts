import { z } from 'zod'
import { FederationId } from '#protocol/id.ts'
import { linkNext, refuse, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES } from '../codes.ts'
import type { Door } from '../door.ts'
import { problemResponses } from '../problem/problem.ts'
import { FederationView, federationView } from '../schemas/federations.ts'
import { ListQuery, pageOf, pageQueryOf, ReadQuery } from '../schemas/list.ts'
import { FederationPage, pageView } from '../schemas/pages.ts'

/** Federations: which places share assets. */
export const registerFederations = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/federations',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'listFederations',
      tags: ['network'],
      summary: 'Every federation with its places, oldest first',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: FederationPage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const found = await door.ports.ledger.federations()
      const page = pageOf(found.value, pageQueryOf(request.query))
      const view = pageView({ ...found, value: page }, federationView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/federations/:id',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'getFederation',
      tags: ['network'],
      summary: 'A federation with its places',
      security: BEARER_OR_SIGNED,
      params: z.strictObject({ id: FederationId }),
      querystring: ReadQuery,
      response: { 200: FederationView, ...problemResponses([...READ_CODES, 'record_unknown']) },
    },
    handler: async (request, reply) => {
      const found = await door.ports.ledger.federation(request.params.id)
      stamped(reply, found)
      if (found.value === undefined) return refuse(reply, 'record_unknown')
      return reply.code(200).send(federationView(found.value))
    },
  })
}
