import type { GrantId, PlaceId } from '#protocol/id.ts'
import type { EventFilterBody } from '../schemas/events.ts'
import type { Position } from './ledger.ts'

/** Why an attempt got no answer. */
export const WEBHOOK_FAILURES = [
  'address_forbidden',
  'name_unresolved',
  'connection_refused',
  'connection_lost',
  'tls_failed',
  'timed_out',
] as const
export type WebhookFailure = (typeof WEBHOOK_FAILURES)[number]

/** What one attempt came to: a status, or why there was none. */
export type WebhookAnswer = { readonly status: number } | { readonly failure: WebhookFailure }

/** Why nothing is delivered until somebody enables the endpoint again; its place in the stream is kept. */
export const WEBHOOK_PAUSES = [
  'unreachable',
  'gone',
  'grant_ended',
  'dead_letters_full',
  'secret_lost',
] as const
export type WebhookPause = (typeof WEBHOOK_PAUSES)[number]

export type WebhookState =
  | { readonly kind: 'enabled' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'paused'; readonly by: WebhookPause }

/** The event that an endpoint has not taken yet. */
export type WebhookPending = {
  readonly event: string
  /** Block time of the event. */
  readonly timeMs: number
  readonly attempts: number
  readonly last?: WebhookAnswer
  readonly nextAttemptMs?: number
}

/** An endpoint and how it does. */
export type Webhook = {
  readonly id: string
  readonly grant: GrantId
  readonly url: string
  readonly filter: EventFilterBody
  readonly state: WebhookState
  readonly createdMs: number
  readonly publicKey: string
  /** Everything up to here was taken, set aside, or is not for this endpoint. */
  readonly position: Position
  readonly deliveredMs?: number
  readonly failingSinceMs?: number
  readonly pending?: WebhookPending
  readonly deadLetters: number
  /** Until when the secret before the last rotation signs too. */
  readonly formerSecretUntilMs?: number
}

/** An event that its receiver refused again and again. */
export type DeadLetter = {
  readonly event: string
  readonly position: Position
  readonly attempts: number
  readonly last: WebhookAnswer
  readonly setAsideMs: number
}

/** Whose endpoints: those of one grant, or all of the place for who may give its rights away. */
export type WebhookOwner = {
  readonly place: PlaceId
  readonly grant: GrantId
  readonly seesAll: boolean
  /** Public name of the API key that asks; absent where a key signs for itself. */
  readonly apiKey?: string
}

export type WebhookOrder = {
  readonly url: string
  readonly filter: EventFilterBody
  /** Deliver what came after this; default: what comes from now on. */
  readonly after?: Position
}

/** Why an endpoint cannot be made. */
export type WebhookRefusal =
  | 'webhook_url_invalid'
  | 'webhook_https_required'
  | 'webhook_address_forbidden'
  | 'webhook_url_taken'
  | 'webhooks_exhausted'

/** The shared secret is told here and never again. */
export type NewWebhookSecret = { readonly webhook: Webhook; readonly secret: string }

/**
 * Outgoing webhooks: events are delivered in order to each endpoint, one a request, each at least once
 * under an id that stays the same. What is changed is on disk before it is answered. `unknown`: no such
 * endpoint of this owner.
 */
export type Webhooks = {
  readonly create: (
    order: WebhookOrder,
    owner: WebhookOwner,
  ) => Promise<NewWebhookSecret | WebhookRefusal>
  readonly list: (owner: WebhookOwner) => readonly Webhook[]
  readonly get: (id: string, owner: WebhookOwner) => Webhook | 'unknown'
  readonly remove: (id: string, owner: WebhookOwner) => Promise<'removed' | 'unknown'>
  /** Enabling starts again where it stopped, without the pauses of before. */
  readonly enable: (id: string, owner: WebhookOwner) => Promise<Webhook | 'unknown'>
  readonly disable: (id: string, owner: WebhookOwner) => Promise<Webhook | 'unknown'>
  readonly rotate: (id: string, owner: WebhookOwner) => Promise<NewWebhookSecret | 'unknown'>
  /** Delivers everything after a position again, under the ids of the first time. */
  readonly replay: (
    id: string,
    owner: WebhookOwner,
    after: Position,
  ) => Promise<Webhook | 'unknown'>
  /** One attempt outside the order. `busy`: another test is under way. */
  readonly test: (
    id: string,
    owner: WebhookOwner,
    signal: AbortSignal,
  ) => Promise<{ readonly id: string; readonly answer: WebhookAnswer } | 'unknown' | 'busy'>
  /** Oldest first, strictly above `after`. */
  readonly deadLetters: (
    id: string,
    owner: WebhookOwner,
    query: { readonly limit: number; readonly after?: Position },
  ) => readonly DeadLetter[] | 'unknown'
}
