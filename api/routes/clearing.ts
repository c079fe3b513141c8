import { linkNext, refuse, settle, stamped, turnAway } from '../answer.ts'
import { type App, BEARER, BEARER_OR_SIGNED } from '../app.ts'
import { COMMON_CODES, CONSENT_CODES, orderCodes, READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { errandOf, orderId, requiredOrderId, run } from '../errand.ts'
import type { Caller } from '../ports/caller.ts'
import type { ClearingTerms } from '../ports/settlement-desk.ts'
import { problemResponses } from '../problem/problem.ts'
import {
  ClearingBody,
  ClearingPage,
  ConsentBody,
  ConsentView,
  OpenClearingPage,
  openClearingView,
  ProposalBody,
  ProposedView,
  positionView,
  proposalOf,
  proposedView,
} from '../schemas/clearing.ts'
import { ListQuery, pageQueryOf } from '../schemas/list.ts'
import { pageView } from '../schemas/pages.ts'
import { AppliedView, PendingView } from '../schemas/transaction.ts'

const BODY_CODES = [
  ...COMMON_CODES,
  'body_unreadable',
  'media_type_unsupported',
  'too_large',
  'idempotency_key_mismatch',
] as const

/**
 * What places owe each other, and how they set it off: the one proposes, the other agrees, the one has
 * it recorded. Both steps of a clearing, opening and settling, go this way.
 */
export const registerClearing = (app: App, door: Door): void => {
  readClearing(app, door)
  listOpen(app, door)
  propose(app, door)
  agree(app, door)
  clear(app, door)
}

/** Which action it takes is said in the body, so that the guard cannot know; and the node signs. */
const barred = (
  { actions, signs }: Caller,
  kind: ClearingTerms['kind'],
): 'action_not_granted' | 'api_key_required' | undefined => {
  if (!actions.includes(kind)) return 'action_not_granted'
  return signs === 'node' ? undefined : 'api_key_required'
}

const readClearing = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/clearing',
    onRequest: door.requires({ may: 'read' }),
    schema: {
      operationId: 'getClearing',
      tags: ['settlement'],
      summary: 'What this place and each other one have of each other’s money',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: ClearingPage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const query = pageQueryOf(request.query)
      const found = await door.ports.books.positions(callerOf(request).place, query)
      const view = pageView(found, positionView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const listOpen = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/clearing/open',
    onRequest: door.requires({ may: 'read' }),
    schema: {
      operationId: 'listOpenClearings',
      tags: ['settlement'],
      summary: 'Clearings with this place that were opened and not settled, oldest first',
      description: 'Paging leaves none out, also when others are settled meanwhile.',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: OpenClearingPage, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const query = pageQueryOf(request.query)
      const found = await door.ports.books.openClearings(callerOf(request).place, query)
      const view = pageView(found, openClearingView(found.timeMs))
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const propose = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/clearing/proposals',
    onRequest: door.requires('place'),
    schema: {
      operationId: 'proposeClearing',
      tags: ['settlement'],
      summary: 'Put the terms of a clearing, or of its settlement, for the other place to agree to',
      description: 'Keeps nothing and signs nothing. Needs the action of the kind.',
      security: BEARER,
      body: ProposalBody,
      response: { 200: ProposedView, ...problemResponses([...BODY_CODES, 'malformed']) },
    },
    handler: async (request, reply) => {
      const { id, ...terms } = request.body
      const named = requiredOrderId(request, reply, id)
      if (!named.ok) return named.reply
      const bar = barred(callerOf(request), terms.kind)
      if (bar !== undefined) return refuse(reply, bar)
      const order = { id: named.id, terms }
      const proposed = door.ports.desk.proposeClearing(order, errandOf(door, request, reply))
      if (proposed.kind !== 'proposal') return turnAway(reply, proposed)
      return reply.code(200).send(proposedView(proposed))
    },
  })
}

const agree = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/clearing/consents',
    onRequest: door.requires('place'),
    schema: {
      operationId: 'agreeToClearing',
      tags: ['settlement'],
      summary: 'Agree to what another place proposes, in the name of this one',
      description:
        "Signed with the place's own key: the grant needs the action of the kind and may bound neither assets nor amounts.",
      security: BEARER,
      body: ConsentBody,
      response: {
        200: ConsentView,
        ...problemResponses([
          ...BODY_CODES,
          'order_mismatch',
          'grant_bounded',
          'place_key_missing',
        ]),
      },
    },
    handler: async (request, reply) => {
      const { proposal } = request.body
      const named = orderId(request, reply, proposal.id)
      if (!named.ok) return named.reply
      const bar = barred(callerOf(request), proposal.body.kind)
      if (bar !== undefined) return refuse(reply, bar)
      const errand = errandOf(door, request, reply)
      const agreed = door.ports.desk.agreeToClearing(proposalOf(proposal), errand)
      if (agreed.kind !== 'consent') return turnAway(reply, agreed)
      return reply.code(200).send({ consent: agreed.consent })
    },
  })
}

const clear = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/clearing',
    onRequest: door.requires('place'),
    schema: {
      operationId: 'clear',
      tags: ['settlement'],
      summary: 'Open or settle a clearing that the other place has agreed to',
      security: BEARER,
      body: ClearingBody,
      response: {
        200: AppliedView,
        201: AppliedView,
        202: PendingView,
        ...problemResponses([
          ...orderCodes('clearing.open', 'clearing.settle'),
          ...CONSENT_CODES,
          'order_mismatch',
        ]),
      },
    },
    handler: async (request, reply) => {
      const { proposal, consent } = request.body
      const named = orderId(request, reply, proposal.id)
      if (!named.ok) return named.reply
      const bar = barred(callerOf(request), proposal.body.kind)
      if (bar !== undefined) return refuse(reply, bar)
      const errand = errandOf(door, request, reply)
      const work = door.ports.desk.clear({ proposal: proposalOf(proposal), consent }, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}
