import { z } from 'zod'
import { linkNext, refuse, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { PUBLIC_CODES, READ_CODES } from '../codes.ts'
import type { Door } from '../door.ts'
import { problemResponses } from '../problem/problem.ts'
import {
  AuthoritySetView,
  BlockView,
  blockView,
  membersOf,
  NetworkView,
  networkView,
} from '../schemas/chain.ts'
import { Height, ListQuery, pageQueryOf, ReadQuery } from '../schemas/list.ts'
import { BlockPage, pageView } from '../schemas/pages.ts'

/** The network, who agrees, and what they agreed on. */
export const registerChain = (app: App, door: Door): void => {
  readNetwork(app, door)
  readAuthorities(app, door)
  listBlocks(app, door)
  readBlock(app, door)
}

const readNetwork = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/network',
    onRequest: door.requires('public'),
    schema: {
      operationId: 'getNetwork',
      tags: ['network'],
      summary: 'Public numbers of the network; needs no API key',
      security: [],
      querystring: ReadQuery,
      response: { 200: NetworkView, ...problemResponses(PUBLIC_CODES) },
    },
    handler: async (_request, reply) => {
      const found = await door.ports.ledger.network()
      const view = networkView(found.value, door.ports.requests.audience)
      return reply.code(200).send({ ...view, ...stamped(reply, found) })
    },
  })
}

const readAuthorities = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/authorities',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'getAuthorities',
      tags: ['network'],
      summary: 'Who agrees on blocks now',
      security: BEARER_OR_SIGNED,
      querystring: ReadQuery,
      response: { 200: AuthoritySetView, ...problemResponses(READ_CODES) },
    },
    handler: async (_request, reply) => {
      const found = await door.ports.ledger.authorities()
      return reply.code(200).send({ ...membersOf(found.value), ...stamped(reply, found) })
    },
  })
}

const listBlocks = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/blocks',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'listBlocks',
      tags: ['network'],
      summary: 'Final blocks, newest first',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: BlockPage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const found = await door.ports.ledger.blocks(pageQueryOf(request.query))
      const view = pageView(found, blockView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const readBlock = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/blocks/:height',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'getBlock',
      tags: ['network'],
      summary: 'A final block',
      security: BEARER_OR_SIGNED,
      params: z.strictObject({ height: Height }),
      querystring: ReadQuery,
      response: { 200: BlockView, ...problemResponses([...READ_CODES, 'record_unknown']) },
    },
    handler: async (request, reply) => {
      const found = await door.ports.ledger.block(request.params.height)
      stamped(reply, found)
      if (found.value === undefined) return refuse(reply, 'record_unknown')
      return reply.code(200).send(blockView(found.value))
    },
  })
}
