import { type Dispatcher, errors, Pool } from 'undici'
import type { WebhookFailure } from '#api/ports/webhooks.ts'
import type { AddressGuard } from './address-guard.ts'
import { createGuardedConnect, RefusedConnection } from './guarded-connect.ts'
import { ANSWER_BYTES_MAX, ATTEMPT_MS, CONNECTIONS_PER_ENDPOINT, KEEP_ALIVE_MS } from './limits.ts'
import type { Resolve } from './resolve.ts'

/** What an attempt came to: the status of an answer, or why there was none. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: 'failed'; readonly failure: WebhookFailure }

export type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: string }

/** Carries messages to one receiver over connections of its own: what one is slow at no other feels. */
export type Courier = {
  readonly post: (message: Message, signal: AbortSignal) => Promise<Answer>
  /** Cuts what is under way. */
  readonly close: () => void
}

export type CourierParts = {
  readonly isAllowed: AddressGuard
  readonly resolve: Resolve
  readonly attemptMs?: number
}

/** Follows no redirect: an answer in 3xx is one like any other. */
export const createCourier = (
  url: URL,
  { isAllowed, resolve, attemptMs = ATTEMPT_MS }: CourierParts,
): Courier => {
  const pool = new Pool(url.origin, {
    connect: createGuardedConnect(isAllowed, resolve),
    connections: CONNECTIONS_PER_ENDPOINT,
    pipelining: 1,
    headersTimeout: attemptMs,
    bodyTimeout: attemptMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  })
  return {
    post: async ({ headers, body }, signal) => {
      const ending = AbortSignal.any([signal, AbortSignal.timeout(attemptMs)])
      try {
        const path = `${url.pathname}${url.search}`
        const answer = await pool.request({ method: 'POST', path, headers, body, signal: ending })
        await drained(answer, ending)
        return answeredBy(answer)
      } catch (cause) {
        return { kind: 'failed', failure: failureOf(cause) }
      }
    },
    close: () => void pool.destroy(),
  }
}

/** The status was the answer: what else comes is let go of, and cut where it goes on for long. */
const drained = (answer: Dispatcher.ResponseData, signal: AbortSignal): Promise<void> =>
  answer.body.dump({ limit: ANSWER_BYTES_MAX, signal }).catch(() => undefined)

const answeredBy = ({ statusCode: status, headers }: Dispatcher.ResponseData): Answer => {
  const seconds = headers['retry-after']
  const isSeconds = typeof seconds === 'string' && /^\d{1,6}$/.test(seconds)
  return {
    kind: 'answered',
    status,
    ...(isSeconds && { retryAfterMs: Number(seconds) * 1_000 }),
  }
}

const failureOf = (cause: unknown): WebhookFailure => {
  if (cause instanceof RefusedConnection) return cause.code
  if (isTimeout(cause)) return 'timed_out'
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (UNCONNECTED.test(code)) return 'connection_refused'
  return TLS.test(code) ? 'tls_failed' : 'connection_lost'
}

const UNCONNECTED = /^E(?:CONNREFUSED|HOSTUNREACH|NETUNREACH|HOSTDOWN)$/
const TLS = /^(?:ERR_(?:TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/

const isTimeout = (cause: unknown): boolean =>
  cause instanceof errors.ConnectTimeoutError ||
  cause instanceof errors.HeadersTimeoutError ||
  (cause instanceof Error && cause.name === 'TimeoutError')
