import { z } from 'zod'
import { WEBHOOK_FAILURES, WEBHOOK_PAUSES } from '#api/ports/webhooks.ts'
import { EventFilterBody } from '#api/schemas/events.ts'
import { GrantId, PlaceId } from '#protocol/id.ts'

const TimeMs = z.int().min(0)
const position = { height: z.int().min(0), index: z.int().min(0) }

/** Where events are delivered to; its secrets are made from the key store. Kept under its id. */
export const StoredWebhook = z.strictObject({
  id: z.string(),
  place: PlaceId,
  /** It delivers what this grant may read, for as long as it may. */
  grant: GrantId,
  /** Public name of the API key that made it: then it delivers while the grant has one. */
  apiKey: z.string().exactOptional(),
  url: z.string(),
  filter: EventFilterBody,
  createdMs: TimeMs,
  state: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('enabled') }),
    z.strictObject({ kind: z.literal('disabled') }),
    z.strictObject({ kind: z.literal('paused'), by: z.enum(WEBHOOK_PAUSES) }),
  ]),
  /** Counts rotations of its secrets. */
  generation: z.int().min(1),
  /** Tells a key store that is not the one they were made from. */
  publicKey: z.string(),
  formerUntilMs: TimeMs.exactOptional(),
})
export type StoredWebhook = z.infer<typeof StoredWebhook>

/** How far an endpoint has come. Kept under its id, apart from what it is. */
export const WebhookProgress = z.strictObject({
  id: z.string(),
  ...position,
  deliveredMs: TimeMs.exactOptional(),
  failingSinceMs: TimeMs.exactOptional(),
  /** Events set aside since the last that was taken. */
  setAsideInARow: z.int().min(0),
})
export type WebhookProgress = z.infer<typeof WebhookProgress>

/** An event that its receiver refused again and again. Kept under `endpoint/event`. */
export const StoredDeadLetter = z.strictObject({
  webhook: z.string(),
  event: z.string(),
  ...position,
  attempts: z.int().min(1),
  last: z.union([
    z.strictObject({ status: z.int() }),
    z.strictObject({ failure: z.enum(WEBHOOK_FAILURES) }),
  ]),
  setAsideMs: TimeMs,
})
export type StoredDeadLetter = z.infer<typeof StoredDeadLetter>

export const deadLetterName = ({
  webhook,
  event,
}: Pick<StoredDeadLetter, 'webhook' | 'event'>): string => `${webhook}/${event}`
