import { z } from 'zod'
import { GrantId } from '#protocol/id.ts'
import { linkNext, settle, stamped } from '../answer.ts'
import { type App, BEARER, BEARER_OR_SIGNED } from '../app.ts'
import { orderCodes, READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { errandOf, orderId, requiredOrderId, run } from '../errand.ts'
import { problemResponses } from '../problem/problem.ts'
import { ListQuery, pageOf, pageQueryOf } from '../schemas/list.ts'
import { GrantPage, pageView } from '../schemas/pages.ts'
import { GrantBody, grantView, RevocationBody, termsOf } from '../schemas/rights.ts'
import { AppliedView, PendingView } from '../schemas/transaction.ts'

const APPLIED = { 200: AppliedView, 201: AppliedView, 202: PendingView }

/** Rights of the place, handed to keys. A grant is within the one that it is issued under. */
export const registerGrants = (app: App, door: Door): void => {
  listGrants(app, door)
  issueGrant(app, door)
  revokeGrant(app, door)
}

const listGrants = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/grants',
    onRequest: door.requires({ may: 'grant.issue' }),
    schema: {
      operationId: 'listGrants',
      tags: ['rights'],
      summary: 'Every grant of the place, oldest first',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: GrantPage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const found = door.ports.rights.grants(callerOf(request))
      const page = pageOf(found.value, pageQueryOf(request.query))
      const view = pageView({ ...found, value: page }, grantView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const issueGrant = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/grants',
    onRequest: door.requires('grant.issue'),
    schema: {
      operationId: 'issueGrant',
      tags: ['rights'],
      summary: 'Give rights to a key that somebody else keeps',
      description: 'Within the grant of the API key; `created` names the new grant.',
      security: BEARER,
      body: GrantBody,
      response: { ...APPLIED, ...problemResponses(orderCodes('grant.issue')) },
    },
    handler: async (request, reply) => {
      const named = requiredOrderId(request, reply, request.body.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const { grantee } = request.body
      const order = { id: named.id, grantee, ...termsOf(request.body) }
      const work = door.ports.rights.issueGrant(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}

const revokeGrant = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/grants/:id/revoke',
    onRequest: door.requires('grant.issue'),
    schema: {
      operationId: 'revokeGrant',
      tags: ['rights'],
      summary: 'End a grant and everything under it, everywhere',
      description: 'The own grant of the API key, or one under it. Once more changes nothing.',
      security: BEARER,
      params: z.strictObject({ id: GrantId }),
      body: RevocationBody,
      response: { ...APPLIED, ...problemResponses(orderCodes('grant.revoke')) },
    },
    handler: async (request, reply) => {
      const named = orderId(request, reply, request.body?.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = { grant: request.params.id, ...(named.id && { id: named.id }) }
      const work = door.ports.rights.revokeGrant(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}
