import { getEventListeners } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GrantAction } from '#protocol/transaction/kinds/grant.ts'
import { refuse } from './answer.ts'
import { BUCKETS_MAX, CREDENTIAL_RATE, PUBLIC_RATE, SIGNED_RATE } from './limits.ts'
import type { Caller } from './ports/caller.ts'
import type { Ports } from './ports/ports.ts'
import type { ProblemCode } from './problem/problem.ts'
import { type Admission, Buckets, type Rate } from './rate.ts'
import { waitMsOf } from './wait.ts'

/**
 * Who may call a route: `public` anybody; `signed` anybody, since what is sent is signed; `place` any
 * key of a place; otherwise a key whose grant has the action.
 */
type Access = 'public' | 'signed' | 'place' | GrantAction

/** Runs before a request goes on: either `done` is called, or the request is answered here. */
export type Guard = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void

/** What the routes share: the node behind the door, who may pass, and what ends when it closes. */
export type Door = {
  readonly ports: Ports
  readonly requires: (access: Access) => Guard
  /** Whether the credential that a request was let in with would pass now; for what goes on for long. */
  readonly isAdmitted: (access: Access, request: FastifyRequest) => boolean
  /** How long its sender waits for an outcome. */
  readonly waitMs: (request: FastifyRequest) => number
  /** Aborts when the client goes away or the door closes. */
  readonly patience: (reply: Pick<FastifyReply, 'raw'>) => AbortSignal
  /** Ends every wait and stream. */
  readonly close: () => void
}

export type DoorRates = { readonly credential: Rate; readonly public: Rate; readonly signed: Rate }
export const DOOR_RATES: DoorRates = {
  credential: CREDENTIAL_RATE,
  public: PUBLIC_RATE,
  signed: SIGNED_RATE,
}

/** Why a wait ends. One for all: making an error for each request costs more than the request. */
const OVER = new Error('nobody waits any more')

const TOKEN_PATTERN = /^Bearer +([!-~]{1,256})$/i

export type DoorSettings = {
  readonly rates: DoorRates
  /** How long a submission waits for its outcome when its sender does not say. */
  readonly submissionWaitMs: number
}

export const createDoor = (ports: Ports, { rates, submissionWaitMs }: DoorSettings): Door => {
  const guard = createGuard(ports, rates)
  const waiting = new Set<AbortController>()
  let closed = false
  return {
    ports,
    requires: (access) => (request, reply, done) => {
      if (guard(access, request, reply) === undefined) done()
    },
    isAdmitted: (access, request) => {
      const token = tokenOf(request)
      const known = token === undefined ? undefined : ports.credentials.authenticate(token)
      return known?.ok === true && permits(known.caller, access)
    },
    waitMs: ({ headers }) => waitMsOf(headers['prefer'], submissionWaitMs),
    patience: (reply) => {
      const controller = new AbortController()
      // A client that has left already closes no second time.
      if (closed || reply.raw.destroyed) {
        controller.abort(OVER)
        return controller.signal
      }
      waiting.add(controller)
      const { raw } = reply
      const { signal } = controller
      raw.once('close', () => {
        waiting.delete(controller)
        // Nobody waits for what is answered, as nearly all is: then nobody is told, which is dear.
        const isAnswered = raw.writableFinished && getEventListeners(signal, 'abort').length === 0
        if (!isAnswered) controller.abort(OVER)
      })
      return signal
    },
    close: () => {
      closed = true
      for (const controller of waiting) controller.abort(OVER)
    },
  }
}

/** The caller that the guard let in. Only in routes that require one. */
export const callerOf = (request: FastifyRequest): Caller => request.getDecorator<Caller>('caller')

/** A reply means that the request ends here. */
type Guarding = (
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
) => FastifyReply | undefined

const createGuard = (ports: Ports, rates: DoorRates): Guarding => {
  const options = { max: BUCKETS_MAX, clock: () => ports.clock() }
  const credentials = new Buckets(rates.credential, options)
  const strangers = new Buckets(rates.public, options)
  const signers = new Buckets(rates.signed, options)

  const turnAway = (reply: FastifyReply, code: ProblemCode): FastifyReply => {
    const admission = strangers.take('public')
    return admission.ok ? refuse(reply, code) : slowDown(reply, admission)
  }

  const admit: Guarding = (access, request, reply) => {
    const token = tokenOf(request)
    if (token === undefined) return turnAway(reply, 'credential_missing')
    const authentication = ports.credentials.authenticate(token)
    if (!authentication.ok) return turnAway(reply, authentication.code)
    const { caller } = authentication
    const admission = credentials.take(caller.keyId)
    if (!admission.ok) return slowDown(reply, admission)
    request.setDecorator('caller', caller)
    return permits(caller, access) ? undefined : refuse(reply, 'action_not_granted')
  }

  return (access, request, reply) => {
    if (!ports.health.started()) return refuse(reply, 'node_starting')
    if (access === 'public') return slowed(reply, strangers.take('public'))
    const anonymous = request.headers.authorization === undefined
    if (access === 'signed' && anonymous) return slowed(reply, signers.take('signed'))
    return admit(access, request, reply)
  }
}

const tokenOf = ({ headers }: FastifyRequest): string | undefined =>
  TOKEN_PATTERN.exec(headers.authorization ?? '')?.[1]

const permits = (caller: Caller, access: Access): boolean =>
  access === 'public' ||
  access === 'signed' ||
  access === 'place' ||
  caller.actions.includes(access)

const slowed = (reply: FastifyReply, admission: Admission): FastifyReply | undefined =>
  admission.ok ? undefined : slowDown(reply, admission)

const slowDown = (
  reply: FastifyReply,
  { limit, retryAfterSeconds }: Exclude<Admission, { ok: true }>,
): FastifyReply => {
  reply
    .header('ratelimit-limit', limit)
    .header('ratelimit-remaining', 0)
    .header('ratelimit-reset', retryAfterSeconds)
  return refuse(reply, 'rate_limited', { retryAfterSeconds })
}
