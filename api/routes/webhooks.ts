import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { linkNext, refuse } from '../answer.ts'
import { type App, BEARER } from '../app.ts'
import { COMMON_CODES, READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import type { NewWebhookSecret, Webhook, WebhookOwner } from '../ports/webhooks.ts'
import { type ProblemCode, problemResponses } from '../problem/problem.ts'
import { ListQuery, pageQueryOf } from '../schemas/list.ts'
import {
  DeadLetterList,
  deadLetterList,
  NewWebhookView,
  ReplayBody,
  testView,
  WebhookBody,
  WebhookList,
  WebhookParams,
  WebhookTestView,
  WebhookView,
  webhookView,
} from '../schemas/webhooks.ts'

const ONE_CODES = [...COMMON_CODES, 'record_unknown'] as const satisfies readonly ProblemCode[]
const CHANGE_CODES = [
  ...ONE_CODES,
  'body_unreadable',
  'media_type_unsupported',
  'too_large',
] as const satisfies readonly ProblemCode[]
const NO_BODY = z
  .strictObject({})
  .nullish()
  .meta({ examples: [{}] })

/** Where a place has its events delivered to. */
export const registerWebhooks = (app: App, door: Door): void => {
  create(app, door)
  list(app, door)
  one(app, door)
  remove(app, door)
  enable(app, door)
  disable(app, door)
  rotate(app, door)
  replay(app, door)
  testDelivery(app, door)
  deadLetters(app, door)
}

/** Who may give the place's rights away sees all of its endpoints, another key those of its own grant. */
const ownerOf = (request: FastifyRequest): WebhookOwner => {
  const { place, grant, actions, keyId, signs } = callerOf(request)
  const seesAll = actions.includes('grant.issue')
  return { place, grant, seesAll, ...(signs === 'node' && { apiKey: keyId }) }
}

const answered = (reply: FastifyReply, webhook: Webhook | 'unknown'): FastifyReply =>
  webhook === 'unknown'
    ? refuse(reply, 'record_unknown')
    : reply.code(200).send(webhookView(webhook))

const told = ({ webhook, secret }: NewWebhookSecret) => ({ webhook: webhookView(webhook), secret })

const create = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/webhooks',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'createWebhook',
      tags: ['webhooks'],
      summary: 'Have events delivered to a URL',
      description:
        'Standard Webhooks: events in the order of the ledger, one a request, each until it is answered with a 2xx, ' +
        'under an id that stays the same. The endpoint has the rights of the grant that made it, for as long as they last. ' +
        'The answer tells the secret once.',
      security: BEARER,
      body: WebhookBody,
      response: {
        201: NewWebhookView,
        ...problemResponses([
          ...CHANGE_CODES.filter((code) => code !== 'record_unknown'),
          'cursor_invalid',
          'webhook_url_invalid',
          'webhook_https_required',
          'webhook_address_forbidden',
          'webhook_url_taken',
          'webhooks_exhausted',
        ]),
      },
    },
    handler: async (request, reply) => {
      const { url, filter = {}, after } = request.body
      const order = { url, filter, ...(after && { after }) }
      const made = await door.ports.webhooks.create(order, ownerOf(request))
      if (typeof made === 'string') return refuse(reply, made)
      reply.header('location', `/v1/webhooks/${made.webhook.id}`)
      return reply.code(201).send(told(made))
    },
  })
}

const list = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/webhooks',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'listWebhooks',
      tags: ['webhooks'],
      summary: 'Endpoints and how each does',
      description:
        'Those of the key’s own grant; of the whole place for a key that may give grants (`grant.issue`).',
      security: BEARER,
      response: { 200: WebhookList, ...problemResponses(COMMON_CODES) },
    },
    handler: async (request, reply) => {
      const items = door.ports.webhooks.list(ownerOf(request)).map(webhookView)
      return reply.code(200).send({ items })
    },
  })
}

const one = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/webhooks/:id',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'getWebhook',
      tags: ['webhooks'],
      summary: 'One endpoint',
      security: BEARER,
      params: WebhookParams,
      response: { 200: WebhookView, ...problemResponses(ONE_CODES) },
    },
    handler: async (request, reply) =>
      answered(reply, door.ports.webhooks.get(request.params.id, ownerOf(request))),
  })
}

const remove = (app: App, door: Door): void => {
  app.route({
    method: 'DELETE',
    url: '/v1/webhooks/:id',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'deleteWebhook',
      tags: ['webhooks'],
      summary: 'Deliver nothing there any more',
      security: BEARER,
      params: WebhookParams,
      response: {
        204: z.null().describe('Nothing is delivered any more'),
        ...problemResponses(CHANGE_CODES),
      },
    },
    handler: async (request, reply) => {
      const gone = await door.ports.webhooks.remove(request.params.id, ownerOf(request))
      return gone === 'unknown' ? refuse(reply, 'record_unknown') : reply.code(204).send(null)
    },
  })
}

const enable = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/enable',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'enableWebhook',
      tags: ['webhooks'],
      summary: 'Deliver again from where it stopped, at once',
      security: BEARER,
      params: WebhookParams,
      body: NO_BODY,
      response: { 200: WebhookView, ...problemResponses(CHANGE_CODES) },
    },
    handler: async (request, reply) =>
      answered(reply, await door.ports.webhooks.enable(request.params.id, ownerOf(request))),
  })
}

const disable = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/disable',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'disableWebhook',
      tags: ['webhooks'],
      summary: 'Deliver nothing until it is enabled; its place in the stream is kept',
      security: BEARER,
      params: WebhookParams,
      body: NO_BODY,
      response: { 200: WebhookView, ...problemResponses(CHANGE_CODES) },
    },
    handler: async (request, reply) =>
      answered(reply, await door.ports.webhooks.disable(request.params.id, ownerOf(request))),
  })
}

const rotate = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/rotate',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'rotateWebhookSecret',
      tags: ['webhooks'],
      summary: 'Make a new secret; for a day the one before signs too',
      security: BEARER,
      params: WebhookParams,
      body: NO_BODY,
      response: { 200: NewWebhookView, ...problemResponses(CHANGE_CODES) },
    },
    handler: async (request, reply) => {
      const made = await door.ports.webhooks.rotate(request.params.id, ownerOf(request))
      if (made === 'unknown') return refuse(reply, 'record_unknown')
      return reply.code(200).send(told(made))
    },
  })
}

const replay = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/replay',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'replayWebhook',
      tags: ['webhooks'],
      summary: 'Deliver again everything after a cursor, under the same ids',
      security: BEARER,
      params: WebhookParams,
      body: ReplayBody,
      response: {
        200: WebhookView,
        ...problemResponses([...CHANGE_CODES, 'cursor_invalid']),
      },
    },
    handler: async (request, reply) => {
      const { webhooks } = door.ports
      const { after } = request.body
      return answered(reply, await webhooks.replay(request.params.id, ownerOf(request), after))
    },
  })
}

const testDelivery = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/test',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'testWebhook',
      tags: ['webhooks'],
      summary: 'Deliver a `webhook.test` once, at once, and say what came of it',
      security: BEARER,
      params: WebhookParams,
      body: NO_BODY,
      response: {
        200: WebhookTestView,
        ...problemResponses([...CHANGE_CODES, 'webhook_test_running']),
      },
    },
    handler: async (request, reply) => {
      const { webhooks } = door.ports
      const owner = ownerOf(request)
      const tested = await webhooks.test(request.params.id, owner, door.patience(reply))
      if (tested === 'unknown') return refuse(reply, 'record_unknown')
      if (tested === 'busy') return refuse(reply, 'webhook_test_running')
      return reply.code(200).send(testView(tested.id, tested.answer))
    },
  })
}

const deadLetters = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/webhooks/:id/dead-letters',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'listDeadLetters',
      tags: ['webhooks'],
      summary: 'Events that the endpoint refused again and again, oldest first',
      description: 'One that is delivered later, by a replay, is no longer in the list.',
      security: BEARER,
      params: WebhookParams,
      querystring: ListQuery,
      response: {
        200: DeadLetterList,
        ...problemResponses([...READ_CODES, 'record_unknown', 'cursor_invalid']),
      },
    },
    handler: async (request, reply) => {
      const query = pageQueryOf(request.query)
      const letters = door.ports.webhooks.deadLetters(request.params.id, ownerOf(request), query)
      if (letters === 'unknown') return refuse(reply, 'record_unknown')
      const answer = deadLetterList(letters, query.limit)
      linkNext(request, reply, answer.next)
      return reply.code(200).send(answer)
    },
  })
}
