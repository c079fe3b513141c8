import { z } from 'zod'
import { WEBHOOK_MESSAGES } from './schemas/event-views.ts'

const SUMMARIES = {
  'transaction.applied': 'A transaction of the place, or one that moved its money, took effect',
  'transaction.refused': 'A transaction of the place was refused in a block',
  'block.final': 'A block became final; only where `filter.blocks` asks for it',
  'webhook.test': 'What POST /v1/webhooks/{id}/test delivers',
} as const satisfies { readonly [Type in keyof typeof WEBHOOK_MESSAGES]: string }

const summaryOf = new Map<string, string>(Object.entries(SUMMARIES))

/** Headers of Standard Webhooks. */
const HEADERS = [
  {
    name: 'webhook-id',
    description: 'Stays the same whenever the event is delivered: tell repetitions by it',
  },
  { name: 'webhook-timestamp', description: 'When this attempt was made: Unix time in seconds' },
  {
    name: 'webhook-signature',
    description:
      'Separated by blanks: `v1,` HMAC-SHA256 and `v1a,` Ed25519 of `{webhook-id}.{webhook-timestamp}.{body}` in ' +
      'base64; of two generations for a day after a rotation',
  },
].map((header) => ({ ...header, in: 'header', required: true, schema: { type: 'string' } }))

/** What this API sends to others, in the words of OpenAPI 3.1 (`webhooks`). */
export const webhookDocument = (): object =>
  Object.fromEntries(
    Object.entries(WEBHOOK_MESSAGES).map(([type, schema]) => [
      type,
      {
        post: {
          operationId: `on_${type.replace('.', '_')}`,
          tags: ['webhooks'],
          summary: summaryOf.get(type),
          parameters: HEADERS,
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchemaOf(schema) } },
          },
          responses: {
            '2XX': { description: 'Taken. Anything else, or no answer in 15 s, is tried again' },
            '410': { description: 'Nothing more is to be sent here: the endpoint is paused' },
          },
        },
      },
    ]),
  )

/** With references to the components that the paths use too. */
const jsonSchemaOf = (schema: z.ZodType): object => {
  const { $schema: _, $defs: __, ...rest } = z.toJSONSchema(schema, { io: 'output' })
  return JSON.parse(JSON.stringify(rest).replaceAll('#/$defs/', '#/components/schemas/'))
}
