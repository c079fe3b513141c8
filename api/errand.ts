import type { FastifyReply, FastifyRequest } from 'fastify'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { refuse } from './answer.ts'
import { callerOf, type Door } from './door.ts'
import { WAIT_SLACK_MS } from './limits.ts'
import type { Errand } from './ports/desk.ts'
import { within } from './wait.ts'

/** Whom a request speaks for, and how long its sender waits. */
export const errandOf = (door: Door, request: FastifyRequest, reply: FastifyReply): Errand => ({
  caller: callerOf(request),
  waitMs: door.waitMs(request),
  signal: door.patience(reply),
})

/**
 * Runs an errand and answers it. The node was told how long to wait; if even so it does not answer,
 * the outcome is unknown and the client asks again with the same id.
 */
export const run = async <T>(
  reply: FastifyReply,
  waitMs: number,
  work: Promise<T>,
  answer: (result: T) => FastifyReply,
): Promise<FastifyReply> => {
  const result = await within(waitMs + WAIT_SLACK_MS, work)
  return result === 'late' ? refuse(reply, 'deadline_exceeded') : answer(result)
}

/** The payment id of an order, or the reply that it has none or two. */
export type NamedId =
  | { readonly ok: true; readonly id: PaymentId | undefined }
  | { readonly ok: false; readonly reply: FastifyReply }

/** The order's id: in its body, in `Idempotency-Key`, or the same in both. */
export const orderId = (
  request: FastifyRequest,
  reply: FastifyReply,
  id: PaymentId | undefined,
): NamedId => {
  const header = request.headers['idempotency-key']
  if (header === undefined) return { ok: true, id }
  const key = PaymentId.safeParse(header)
  if (!key.success) return { ok: false, reply: refuse(reply, 'request_invalid', HEADER_FAULT) }
  if (id !== undefined && id !== key.data) {
    return { ok: false, reply: refuse(reply, 'idempotency_key_mismatch') }
  }
  return { ok: true, id: key.data }
}

/** As `orderId`, for orders that cannot do without one. */
export const requiredOrderId = (
  request: FastifyRequest,
  reply: FastifyReply,
  id: PaymentId | undefined,
):
  | { readonly ok: true; readonly id: PaymentId }
  | { readonly ok: false; readonly reply: FastifyReply } => {
  const named = orderId(request, reply, id)
  if (!named.ok) return named
  if (named.id !== undefined) return { ok: true, id: named.id }
  return { ok: false, reply: refuse(reply, 'request_invalid', BODY_FAULT) }
}

const HEADER_FAULT = {
  facts: {
    errors: [{ in: 'headers', pointer: '#/idempotency-key', detail: 'not a UUIDv7 in lower case' }],
  },
} as const
const BODY_FAULT = {
  facts: { errors: [{ in: 'body', pointer: '#/id', detail: 'an id is needed' }] },
} as const
