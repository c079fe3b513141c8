import { z } from 'zod'
import { GrantId } from '#protocol/id.ts'
import {
  type DeadLetter,
  WEBHOOK_FAILURES,
  WEBHOOK_PAUSES,
  type Webhook,
  type WebhookAnswer,
  type WebhookPending,
} from '../ports/webhooks.ts'
import { EventFilterBody } from './events.ts'
import { Cursor, cursorOf } from './list.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

/** Longest URL: what servers take. */
const URL_CHARACTERS_MAX = 2_048

const WebhookId = z.string().regex(/^whe_[0-9a-f]{32}$/, { error: 'an endpoint id' })
const EventId = z.string().meta({ description: 'The `webhook-id` of its deliveries' })

export const WebhookParams = z.strictObject({ id: WebhookId })

export const WebhookBody = z
  .strictObject({
    url: z
      .string()
      .min(1)
      .max(URL_CHARACTERS_MAX)
      .meta({ example: 'https://books.example.org/hook' }),
    filter: EventFilterBody.optional().describe('Default: every transaction of the place'),
    after: Cursor.optional().describe('Deliver what came after this; default: from now on'),
  })
  .meta({ id: 'WebhookOrder' })

export const ReplayBody = z
  .strictObject({
    after: Cursor.describe('Deliver again what came after this; `0-0`: all there is'),
  })
  .meta({ id: 'WebhookReplay' })

const WebhookPendingView = z
  .strictObject({
    event: EventId,
    time: Timestamp.describe('When the event was final'),
    attempts: z.int().min(0),
    lastStatus: z.int().optional(),
    lastFailure: z.enum(WEBHOOK_FAILURES).optional(),
    nextAttempt: Timestamp.optional(),
  })
  .meta({ id: 'WebhookPending' })

export const WebhookView = z
  .strictObject({
    id: WebhookId,
    grant: GrantId.describe('Whose rights it has, for as long as they last'),
    url: z.string(),
    filter: EventFilterBody,
    state: z.enum(['enabled', 'disabled', 'paused']),
    pausedBy: z
      .enum(WEBHOOK_PAUSES)
      .optional()
      .describe(
        'unreachable: it failed for three days. gone: it answered 410. ' +
          'grant_ended: the grant may not read any more, or no API key of it is left. dead_letters_full: it refused too many events. ' +
          'secret_lost: the node has another key store; rotate the secret',
      ),
    created: Timestamp,
    publicKey: z.string().describe('Checks the `v1a` signatures (Ed25519): `whpk_` and base64'),
    cursor: z.string().describe('Everything up to here was taken, set aside or is not for it'),
    delivered: Timestamp.optional().describe('When an event was last taken'),
    failingSince: Timestamp.optional(),
    pending: WebhookPendingView.optional().describe('The event that it has not taken yet'),
    deadLetters: z.int().min(0),
    formerSecretUntil: Timestamp.optional().describe('Until then the secret before it signs too'),
  })
  .meta({ id: 'Webhook' })

/** With the shared secret, told this once. */
export const NewWebhookView = z
  .strictObject({
    webhook: WebhookView,
    secret: z
      .string()
      .describe('Checks the `v1` signatures (HMAC-SHA256): `whsec_` and base64. Never shown again'),
  })
  .meta({ id: 'NewWebhook' })

export const WebhookList = z
  .strictObject({ items: z.array(WebhookView).readonly() })
  .meta({ id: 'WebhookList' })

export const WebhookTestView = z
  .strictObject({
    id: EventId,
    taken: z.boolean(),
    status: z.int().optional(),
    failure: z.enum(WEBHOOK_FAILURES).optional(),
  })
  .meta({ id: 'WebhookTest' })

const DeadLetterView = z
  .strictObject({
    event: EventId,
    cursor: z.string().describe('Where the event is in the stream'),
    attempts: z.int().min(1),
    lastStatus: z.int().optional(),
    lastFailure: z.enum(WEBHOOK_FAILURES).optional(),
    setAside: Timestamp,
  })
  .meta({ id: 'DeadLetter' })

export const DeadLetterList = z
  .strictObject({
    items: z.array(DeadLetterView).readonly(),
    next: z.string().optional(),
  })
  .meta({ id: 'DeadLetterList' })

export const webhookView = (webhook: Webhook): z.infer<typeof WebhookView> => {
  const { id, grant, url, filter, state, publicKey, deadLetters, pending } = webhook
  return {
    id,
    grant,
    url,
    filter,
    state: state.kind,
    ...(state.kind === 'paused' && { pausedBy: state.by }),
    created: timestampOf(webhook.createdMs),
    publicKey,
    cursor: cursorOf(webhook.position),
    ...timeOf('delivered', webhook.deliveredMs),
    ...timeOf('failingSince', webhook.failingSinceMs),
    ...(pending && { pending: pendingView(pending) }),
    deadLetters,
    ...timeOf('formerSecretUntil', webhook.formerSecretUntilMs),
  }
}

const pendingView = ({ event, timeMs, attempts, last, nextAttemptMs }: WebhookPending) => ({
  event,
  time: timestampOf(timeMs),
  attempts,
  ...lastView(last),
  ...timeOf('nextAttempt', nextAttemptMs),
})

export const testView = (id: string, answer: WebhookAnswer): z.infer<typeof WebhookTestView> => {
  if ('failure' in answer) return { id, taken: false, failure: answer.failure }
  const { status } = answer
  return { id, taken: status >= 200 && status < 300, status }
}

export const deadLetterList = (
  letters: readonly DeadLetter[],
  limit: number,
): z.infer<typeof DeadLetterList> => {
  const last = letters.at(-1)
  return {
    items: letters.map(({ event, position, attempts, last: said, setAsideMs }) => ({
      event,
      cursor: cursorOf(position),
      attempts,
      ...lastView(said),
      setAside: timestampOf(setAsideMs),
    })),
    ...(last && letters.length >= limit && { next: cursorOf(last.position) }),
  }
}

const lastView = (answer: WebhookAnswer | undefined) => {
  if (answer === undefined) return {}
  return 'failure' in answer ? { lastFailure: answer.failure } : { lastStatus: answer.status }
}

const timeOf = <Name extends string>(name: Name, timeMs: number | undefined) =>
  timeMs === undefined ? {} : { [name]: timestampOf(timeMs) }
