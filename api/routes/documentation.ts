import { z } from 'zod'
import type { App } from '../app.ts'
import { PUBLIC_CODES } from '../codes.ts'
import type { Door } from '../door.ts'
import { problemResponses } from '../problem/problem.ts'

/** The OpenAPI document, made when it is first asked for. */
export const registerDocumentation = (app: App, door: Door): void => {
  let document: string | undefined
  app.route({
    method: 'GET',
    url: '/openapi.json',
    onRequest: door.requires('public'),
    schema: {
      operationId: 'getOpenApi',
      tags: ['documentation'],
      summary: 'This document',
      security: [],
      response: { 200: z.looseObject({}), ...problemResponses(PUBLIC_CODES) },
    },
    handler: async (_request, reply) => {
      document ??= JSON.stringify(app.swagger())
      const text = document
      return reply
        .code(200)
        .type('application/json; charset=utf-8')
        .serializer(() => text)
        .send({})
    },
  })
}
