import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { created, linkNext, refuse, settleOther, stamped, turnAway } from '../answer.ts'
import { type App, BEARER, BEARER_OR_SIGNED } from '../app.ts'
import { COMMON_CODES, orderCodes, READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { errandOf, requiredOrderId, run } from '../errand.ts'
import { KEY_NAME_LENGTH_MAX } from '../limits.ts'
import type { ApiKeyAnswer } from '../ports/rights.ts'
import { problemResponses } from '../problem/problem.ts'
import { ListQuery, pageOf, pageQueryOf } from '../schemas/list.ts'
import { ApiKeyPage, pageView } from '../schemas/pages.ts'
import { ApiKeyBody, ApiKeyView, apiKeyView, NewApiKeyView, termsOf } from '../schemas/rights.ts'
import { PendingView } from '../schemas/transaction.ts'

/** Credentials of tills that cannot sign. They work at this node alone. */
export const registerApiKeys = (app: App, door: Door): void => {
  listApiKeys(app, door)
  createApiKey(app, door)
  revokeApiKey(app, door)
}

const listApiKeys = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/api-keys',
    onRequest: door.requires({ may: 'grant.issue' }),
    schema: {
      operationId: 'listApiKeys',
      tags: ['rights'],
      summary: 'The API keys of the place at this node, without their tokens',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: ApiKeyPage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const keys = door.ports.rights.apiKeys(callerOf(request))
      const value = pageOf(keys, pageQueryOf(request.query))
      const head = door.ports.ledger.head()
      const view = pageView({ ...head, value }, apiKeyView)
      stamped(reply, head)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const createApiKey = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/api-keys',
    onRequest: door.requires('grant.issue'),
    schema: {
      operationId: 'createApiKey',
      tags: ['rights'],
      summary: 'Make an API key for a till that cannot sign; its token is shown this once',
      description: `The key has a grant of its own, within that of the API key that asks, and works at this node
alone. Whoever did not get the answer revokes the key that the list shows, and asks again.`,
      security: BEARER,
      body: ApiKeyBody,
      response: {
        201: NewApiKeyView,
        202: PendingView,
        ...problemResponses([...orderCodes('grant.issue'), 'api_key_exists', 'api_keys_exhausted']),
      },
    },
    handler: async (request, reply) => {
      const named = requiredOrderId(request, reply, request.body.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const { till } = request.body
      const order = { id: named.id, ...termsOf(request.body), till }
      const work = door.ports.rights.createApiKey(order, errand)
      return run(reply, errand.waitMs, work, (answer) => answerWith(reply, answer))
    },
  })
}

const answerWith = (reply: FastifyReply, answer: ApiKeyAnswer): FastifyReply => {
  if (answer.kind === 'outcome') return settleOther(reply, answer)
  if (answer.kind === 'no_api_key') return refuse(reply, answer.code)
  if (answer.kind !== 'api_key') return turnAway(reply, answer)
  return created(reply, false).send({ apiKey: apiKeyView(answer.key), token: answer.token })
}

const revokeApiKey = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/api-keys/:id/revoke',
    onRequest: door.requires({ may: 'grant.issue' }),
    schema: {
      operationId: 'revokeApiKey',
      tags: ['rights'],
      summary: 'End one API key at once; its grant lives on',
      description: 'Of the grant of the credential that asks, or of one under it.',
      security: BEARER_OR_SIGNED,
      params: z.strictObject({ id: z.string().max(KEY_NAME_LENGTH_MAX) }),
      body: z.strictObject({}).nullish(),
      response: {
        200: ApiKeyView,
        ...problemResponses([
          ...COMMON_CODES,
          'body_unreadable',
          'media_type_unsupported',
          'too_large',
          'record_unknown',
          'grant_not_yours',
        ]),
      },
    },
    handler: async (request, reply) => {
      const revoked = await door.ports.rights.revokeApiKey(request.params.id, callerOf(request))
      if (revoked === 'unknown') return refuse(reply, 'record_unknown')
      if (revoked === 'beyond') return refuse(reply, 'grant_not_yours')
      return reply.code(200).send(apiKeyView(revoked))
    },
  })
}
