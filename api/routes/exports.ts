import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Label } from '#protocol/transaction/kinds/terms.ts'
import { refuse } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { end, written } from '../events/stream.ts'
import { BOOK_FORMATS, type BookFormat } from '../exports/book-text.ts'
import { STREAM_CHUNK_BYTES } from '../limits.ts'
import type { Head } from '../ports/ledger.ts'
import type { BookLine, LinesQuery } from '../ports/ledger-books.ts'
import { problemResponses } from '../problem/problem.ts'
import { Day } from '../schemas/closings.ts'
import { Cursor, MinHeight } from '../schemas/list.ts'

const DAY_MS = 86_400_000

const ExportsParams = z.strictObject({
  minHeight: MinHeight,
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
  from: Day.optional().describe('First UTC day'),
  to: Day.optional().describe('Last UTC day'),
  till: Label.optional(),
  after: Cursor.optional(),
})

/** The books line by line: what closings add up. */
export const registerExports = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/exports',
    // What is written past the framework is written for HEAD too, without anybody who takes it.
    exposeHeadRoute: false,
    onRequest: door.requires({ may: 'read' }),
    schema: {
      operationId: 'exportBooks',
      tags: ['books'],
      summary: 'Every movement of this place as CSV or JSON Lines, oldest first',
      description:
        'One line a movement; all lines of one transaction of this place and one asset come to what it issued or burned. Streamed up to the height that `X-Ledger-Height` tells, one at a time for each key. One that takes longer than ten minutes is broken off. Broken off, or later for what is new: the `cursor` of the last line as `after`.',
      security: BEARER_OR_SIGNED,
      produces: ['application/jsonl', 'text/csv'],
      querystring: ExportsParams,
      response: {
        200: z.string(),
        ...problemResponses([...READ_CODES, 'cursor_invalid', 'node_overloaded']),
      },
    },
    handler: async (request, reply) => {
      const signal = door.patience(reply)
      const visit = { keyId: callerOf(request).keyId, signal }
      const found = await door.ports.placeBooks.lines(queryOf(request.query, request), visit)
      if (found === 'busy') return refuse(reply, 'node_overloaded')
      const format = BOOK_FORMATS[request.query.format]
      try {
        // It took so long that the door has answered for it.
        if (reply.sent) return reply
        openExport(request, reply, { format, head: found.head })
        const isWhole = await sent(reply, found.lines, { format, signal })
        if (isWhole) await end(reply.raw, {})
        else reply.raw.destroy()
      } catch (error) {
        // Cut, so that nobody takes what came for all there is.
        if (!signal.aborted) request.log.error({ err: error }, 'an export failed')
        reply.raw.destroy()
      } finally {
        // Others wait for its room.
        await found.lines.return(undefined)
      }
      return reply
    },
  })
}

const queryOf = (
  { from, to, till, after }: z.infer<typeof ExportsParams>,
  request: FastifyRequest,
): LinesQuery => ({
  place: callerOf(request).place,
  ...(from && { fromMs: Date.parse(from) }),
  ...(to && { beforeMs: Date.parse(to) + DAY_MS }),
  ...(till && { till }),
  ...(after && { after }),
})

const openExport = (
  request: FastifyRequest,
  reply: FastifyReply,
  { format, head }: { readonly format: BookFormat; readonly head: Head },
): void => {
  reply.hijack()
  reply.raw.writeHead(200, {
    'content-type': format.mediaType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-ledger-height': head.height,
    'x-request-id': request.id,
  })
}

/** Whether the client has taken all. It sets the pace: there is never more than a chunk on its way. */
const sent = async (
  reply: FastifyReply,
  lines: AsyncGenerator<BookLine>,
  { format, signal }: { readonly format: BookFormat; readonly signal: AbortSignal },
): Promise<boolean> => {
  let text: string = format.head
  for await (const line of lines) {
    text += format.text(line)
    // No character takes more than one byte.
    if (text.length < STREAM_CHUNK_BYTES) continue
    if (!(await written(reply.raw, Buffer.from(text), { signal }))) return false
    text = ''
  }
  return text === '' || (await written(reply.raw, Buffer.from(text), { signal }))
}
