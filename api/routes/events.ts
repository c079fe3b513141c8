import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { refuse } from '../answer.ts'
import { type App, BEARER } from '../app.ts'
import { COMMON_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import type { EventFilter } from '../events/frame.ts'
import { noticeModes } from '../events/node-mode.ts'
import { streamEntries } from '../events/stream.ts'
import { OpenStreams } from '../events/streams.ts'
import { STREAM_HEARTBEAT_MS, STREAM_RECHECK_MS } from '../limits.ts'
import type { Position } from '../ports/ledger.ts'
import { problemResponses } from '../problem/problem.ts'
import { Cursor, MinHeight, positionOf } from '../schemas/list.ts'

const EventsQuery = z.strictObject({
  minHeight: MinHeight,
  after: Cursor.optional(),
  kinds: z
    .string()
    .regex(/^[a-z.]{1,32}(?:,[a-z.]{1,32}){0,31}$/, { error: 'kinds, separated by commas' })
    .optional()
    .meta({ description: 'Kinds of transaction to show; default: all', example: 'sale,refund' }),
  blocks: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'Whether to show blocks; default: true' }),
})

/** The index above every entry of a block. */
const END_OF_BLOCK = Number.MAX_SAFE_INTEGER

/** What happens, as it becomes final. */
export const registerEvents = (app: App, door: Door): void => {
  const streams = new OpenStreams()
  app.route({
    method: 'GET',
    url: '/v1/events',
    // A stream has no end whose headers would be told.
    exposeHeadRoute: false,
    onRequest: door.requires('read'),
    schema: {
      operationId: 'streamEvents',
      tags: ['events'],
      summary: 'Server-sent events from now on, or after a cursor',
      description: `\`event: transaction\`: a recorded transaction of the caller's place, or one that moved its money;
\`event: block\`: height, time and number of transactions of every final block. \`event: node\`, at once
and when it changes, without an id: the mode of this node, which no block tells. \`id\` is a cursor: send it as
\`Last-Event-ID\` to resume; nothing is left out and nothing comes twice. A comment, at once and every
${STREAM_HEARTBEAT_MS / 1_000} seconds, keeps the connection; its \`id\` is where a stream that shows nothing resumes. A
stream ends within ${STREAM_RECHECK_MS / 1_000} seconds of its API key or grant; resuming it then says why.`,
      security: BEARER,
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
      const { keyId, place } = callerOf(request)
      const after = startOf(door, request, request.query.after)
      if (after === undefined) return refuse(reply, 'cursor_invalid')
      if (!streams.open(keyId)) return refuse(reply, 'streams_exhausted')
      const options = {
        reader: place,
        after,
        filter: filterOf(request.query),
        signal: door.patience(reply),
        isAdmitted: async () => door.isAdmitted('read', request),
      }
      openStream(door, request, reply)
      const stopNotices = noticeModes(door.ports.health, reply.raw)
      try {
        await streamEntries(door.ports.events, reply.raw, options)
      } catch (error) {
        request.log.error({ err: error }, 'an event stream failed')
      } finally {
        stopNotices()
        streams.close(keyId)
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

const filterOf = ({ kinds, blocks }: z.infer<typeof EventsQuery>): EventFilter => ({
  ...(kinds && { kinds: new Set(kinds.split(',')) }),
  blocks: blocks !== 'false',
})

const openStream = (door: Door, request: FastifyRequest, reply: FastifyReply): void => {
  reply.hijack()
  reply.raw.writeHead(200, {
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
