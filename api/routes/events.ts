import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { refuse } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { COMMON_CODES } from '../codes.ts'
import type { Door } from '../door.ts'
import { noticeModes } from '../events/node-mode.ts'
import { Renderings } from '../events/renderings.ts'
import { streamEntries } from '../events/stream.ts'
import { OpenStreams } from '../events/streams.ts'
import { visitorOf } from '../guard.ts'
import { STREAM_HEARTBEAT_MS, STREAM_RECHECK_MS } from '../limits.ts'
import type { Visitor } from '../ports/caller.ts'
import type { EventReader } from '../ports/events.ts'
import type { Position } from '../ports/ledger.ts'
import { problemResponses } from '../problem/problem.ts'
import { EventFilterQuery, filterOf } from '../schemas/events.ts'
import { Cursor, MinHeight, positionOf } from '../schemas/list.ts'

const EventsQuery = z.strictObject({
  minHeight: MinHeight,
  after: Cursor.optional(),
  ...EventFilterQuery,
})

/** The index above every entry of a block. */
const END_OF_BLOCK = Number.MAX_SAFE_INTEGER

/** What happens, as it becomes final. */
export const registerEvents = (app: App, door: Door): void => {
  const streams = new OpenStreams()
  const renderings = new Renderings()
  app.route({
    method: 'GET',
    url: '/v1/events',
    // A stream has no end whose headers would be told.
    exposeHeadRoute: false,
    onRequest: door.requires('member'),
    schema: {
      operationId: 'streamEvents',
      tags: ['events'],
      summary: 'Server-sent events from now on, or after a cursor',
      description: `\`event: transaction\`: a recorded transaction of the caller's place, or one that moved its money; to a holder,
what moved the money of their wallet or card. \`event: block\`: height, time and number of transactions of every final
block, which is all that a key without the action \`read\` is shown. \`event: node\`, at once and when it changes,
without an id: the mode of this node, which no block tells. \`id\` is a cursor: send it as \`Last-Event-ID\` to resume;
nothing is left out and nothing comes twice. A comment, at once and every
${STREAM_HEARTBEAT_MS / 1_000} seconds, keeps the connection; its \`id\` is where a stream that shows nothing resumes. A
stream ends within ${STREAM_RECHECK_MS / 1_000} seconds of its API key or grant; resuming it then says why.`,
      security: BEARER_OR_SIGNED,
      produces: ['text/event-stream'],
      querystring: EventsQuery,
      response: {
        200: z.string(),
        ...problemResponses([
          ...COMMON_CODES,
          'height_not_reached',
          'cursor_invalid',
          'streams_exhausted',
        ]),
      },
    },
    handler: async (request, reply) => {
      const visitor = visitorOf(request)
      const after = startOf(door, request, request.query.after)
      if (after === undefined) return refuse(reply, 'cursor_invalid')
      if (!streams.open(visitor)) return refuse(reply, 'streams_exhausted')
      const options = {
        reader: readerOf(visitor),
        after,
        filter: filterOf({ ...request.query, blocks: request.query.blocks !== 'false' }),
        renderings,
        signal: door.patience(reply),
        isAdmitted: async () => door.isAdmitted('member', request),
      }
      openStream(door, request, reply)
      const stopNotices = noticeModes(door.ports.health, reply.raw)
      try {
        await streamEntries(door.ports.events, reply.raw, options)
      } catch (error) {
        request.log.error({ err: error }, 'an event stream failed')
      } finally {
        stopNotices()
        streams.close(visitor)
      }
      return reply
    },
  })
}

/** After the client's last event, after the cursor it names, or from now on. */
const startOf = (
  door: Door,
  request: FastifyRequest,
  after: Position | undefined,
): Position | undefined => {
  const last = request.headers['last-event-id']
  if (last !== undefined) return typeof last === 'string' ? positionOf(last) : undefined
  return after ?? { height: door.ports.ledger.head().height, index: END_OF_BLOCK }
}

/** A key that may not read its place's records follows what everybody may. */
const readerOf = (visitor: Visitor): EventReader => {
  if ('owns' in visitor) {
    const { owns } = visitor
    return 'wallet' in owns
      ? { kind: 'wallet', wallet: owns.wallet }
      : { kind: 'card', card: owns.card }
  }
  const { place, actions } = visitor
  return actions.includes('read') ? { kind: 'place', place } : { kind: 'public' }
}

/** What the guard said of the quota: an answer that is written here has no other headers of its reply. */
const quotaIn = (reply: FastifyReply) =>
  Object.fromEntries(
    Object.entries(reply.getHeaders()).filter(([name]) => name.startsWith('ratelimit')),
  )

const openStream = (door: Door, request: FastifyRequest, reply: FastifyReply): void => {
  reply.hijack()
  reply.raw.writeHead(200, {
    ...quotaIn(reply),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'x-ledger-height': door.ports.ledger.head().height,
    'x-node-mode': door.ports.health.mode(),
    'x-request-id': request.id,
  })
  reply.raw.flushHeaders()
}
