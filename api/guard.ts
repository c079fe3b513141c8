import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Key } from '#protocol/id.ts'
import { GrantAction } from '#protocol/transaction/kinds/grant.ts'
import { refuse } from './answer.ts'
import {
  BUCKETS_MAX,
  CREDENTIAL_RATE,
  HOLDER_BUCKETS_MAX,
  HOLDER_RATE,
  NEWCOMER_RATE,
  PUBLIC_RATE,
  SIGNED_RATE,
  SIGNER_RATE,
} from './limits.ts'
import type { Visitor } from './ports/caller.ts'
import type { Ports } from './ports/ports.ts'
import type { ProblemCode } from './problem/problem.ts'
import { type Admission, Buckets, type Quota, type Rate } from './rate.ts'
import { sealBody } from './signed-body.ts'

/**
 * Who may call a route: `public` anybody; `signed` anybody, since what is sent is signed; `member` any
 * key of a place or a holder; `place` any key of a place; `reader` a key whose grant has `read`, or a
 * holder, for what is its own. `newcomer`: any key that signs the request. An action: a key whose grant has it, and for which the node signs; with
 * `may`: whoever signs.
 */
export type Access =
  | 'public'
  | 'signed'
  | 'member'
  | 'newcomer'
  | 'place'
  | 'reader'
  | GrantAction
  | { readonly may: GrantAction }

export type DoorRates = {
  readonly credential: Rate
  readonly public: Rate
  readonly signed: Rate
  readonly signer: Rate
  readonly holder: Rate
  readonly newcomer: Rate
}
export const DOOR_RATES: DoorRates = {
  credential: CREDENTIAL_RATE,
  public: PUBLIC_RATE,
  signed: SIGNED_RATE,
  signer: SIGNER_RATE,
  holder: HOLDER_RATE,
  newcomer: NEWCOMER_RATE,
}

/** A reply means that the request ends here. */
export type Guarding = (
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
) => FastifyReply | undefined

export type Guards = {
  readonly guard: Guarding
  /** Whether the credential that a request was let in with would pass now. */
  readonly isAdmitted: (access: Access, request: FastifyRequest) => boolean
  /** Counts further transactions of a request that brings several; a reply means that they are too many. */
  readonly countSigned: (further: number, reply: FastifyReply) => FastifyReply | undefined
}

const TOKEN_PATTERN = /^Bearer +([!-~]{1,256})$/i
const SIGNED_PATTERN = /^JWS +([!-~]+)$/i

/** Whom the guard let in. Only in routes that require a credential. */
export const visitorOf = (request: FastifyRequest): Visitor =>
  request.getDecorator<Visitor>('visitor')

/** Whose key signed the request. Only in routes for newcomers. */
export const signerOf = (request: FastifyRequest): Key => request.getDecorator<Key>('signer')

export const createGuards = (ports: Ports, rates: DoorRates): Guards => {
  const options = { max: BUCKETS_MAX, clock: () => ports.clock() }
  const keys = new Buckets(rates.credential, options)
  const signers = new Buckets(rates.signer, options)
  const holders = new Buckets(rates.holder, { ...options, max: HOLDER_BUCKETS_MAX })
  const admitNewcomer = newcomerGuard(ports, new Buckets(rates.newcomer, options))
  const strangers = new Buckets(rates.public, options)
  const submitters = new Buckets(rates.signed, options)

  const turnAway = (reply: FastifyReply, code: ProblemCode): FastifyReply =>
    slowed(reply, 'public', strangers.take('public')) ?? refuse(reply, code)

  const admitToken: Guarding = (access, request, reply) => {
    const authentication = ports.credentials.authenticate(tokenOf(request) ?? '')
    if (!authentication.ok) return turnAway(reply, authentication.code)
    const { caller } = authentication
    const slow = slowed(reply, 'key', keys.take(caller.keyId))
    return slow ?? letIn(access, caller, { request, reply })
  }

  const admitSigned: Guarding = (access, request, reply) => {
    const opened = openSigned(ports, request)
    // What somebody else says in a key's name costs that key nothing.
    if (!opened.ok) return turnAway(reply, opened.code)
    const { visitor } = opened
    if (typeof visitor === 'string') return turnAway(reply, visitor)
    const bucket = 'owns' in visitor ? holders : signers
    const slow = slowed(reply, 'key', bucket.take(visitor.keyId))
    if (slow !== undefined) return slow
    const spent = opened.spend()
    if (spent === 'replayed') return refuse(reply, 'request_replayed')
    if (spent === 'full') return refuse(reply, 'node_overloaded')
    sealBody(request, opened)
    return letIn(access, visitor, { request, reply })
  }

  const guard: Guarding = (access, request, reply) => {
    if (!ports.health.started()) return refuse(reply, 'node_starting')
    if (access === 'newcomer') return admitNewcomer(request, reply)
    if (access === 'public') return slowed(reply, 'public', strangers.take('public'))
    const anonymous = request.headers.authorization === undefined
    if (access === 'signed' && anonymous) {
      return slowed(reply, 'signed', submitters.take('signed'))
    }
    if (tokenOf(request) !== undefined) return admitToken(access, request, reply)
    if (signatureOf(request) !== undefined) return admitSigned(access, request, reply)
    return turnAway(reply, 'credential_missing')
  }

  return {
    guard,
    isAdmitted: admission(ports),
    countSigned: (further, reply) =>
      further === 0 ? undefined : slowed(reply, 'signed', submitters.take('signed', further)),
  }
}

/** What a newcomer asks is the same however often it comes, and so is not remembered. */
const newcomerGuard =
  (ports: Ports, newcomers: Buckets) =>
  (request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined => {
    const slow = slowed(reply, 'newcomer', newcomers.take('newcomer'))
    if (slow !== undefined) return slow
    if (signatureOf(request) === undefined) return refuse(reply, 'credential_missing')
    const opened = openSigned(ports, request)
    if (!opened.ok) return refuse(reply, opened.code)
    sealBody(request, opened)
    request.setDecorator('signer', opened.signer)
    return undefined
  }

const openSigned = ({ requests }: Ports, request: FastifyRequest) =>
  requests.open(signatureOf(request) ?? '', {
    method: request.method,
    path: request.raw.url ?? '',
  })

const letIn = (
  access: Access,
  visitor: Visitor,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): FastifyReply | undefined => {
  request.setDecorator('visitor', visitor)
  const barred = barredBy(visitor, access)
  return barred === undefined ? undefined : refuse(reply, barred)
}

const admission =
  (ports: Ports): Guards['isAdmitted'] =>
  (access, request) => {
    const token = tokenOf(request)
    if (token !== undefined) {
      const known = ports.credentials.authenticate(token)
      return known.ok && barredBy(known.caller, access) === undefined
    }
    const visitor = visitorOf(request)
    return ports.requests.stands(visitor) && barredBy(visitor, access) === undefined
  }

const tokenOf = ({ headers }: FastifyRequest): string | undefined =>
  TOKEN_PATTERN.exec(headers.authorization ?? '')?.[1]

const signatureOf = ({ headers }: FastifyRequest): string | undefined =>
  SIGNED_PATTERN.exec(headers.authorization ?? '')?.[1]

/** For whoever got so far. */
const OPEN: ReadonlySet<Access> = new Set(['member', 'newcomer', 'public', 'signed'])

/** Why a visitor may not call a route; undefined when it may. */
const barredBy = (
  visitor: Visitor,
  access: Access,
): 'action_not_granted' | 'api_key_required' | undefined => {
  if (typeof access === 'string' && OPEN.has(access)) return undefined
  if ('owns' in visitor) return access === 'reader' ? undefined : 'action_not_granted'
  if (access === 'place') return undefined
  const action = actionOf(access)
  if (action === undefined || !visitor.actions.includes(action)) return 'action_not_granted'
  const isOrder = access === action && action !== 'read'
  return isOrder && visitor.signs === 'itself' ? 'api_key_required' : undefined
}

/** The action that a grant must have. */
const actionOf = (access: Access): GrantAction | undefined =>
  typeof access === 'object'
    ? access.may
    : GrantAction.safeParse(access === 'reader' ? 'read' : access).data

/** Says on every answer what is left of a quota; the reply that it is used up, if it is. */
const slowed = (
  reply: FastifyReply,
  name: string,
  admission: Admission,
): FastifyReply | undefined => {
  tellQuota(reply, name, admission)
  const { ok, resetSeconds } = admission
  return ok ? undefined : refuse(reply, 'rate_limited', { retryAfterSeconds: resetSeconds })
}

/** As draft-ietf-httpapi-ratelimit-headers has it now, and as its older versions had it. */
const tellQuota = (reply: FastifyReply, name: string, quota: Quota): void => {
  const { limit, windowSeconds, remaining, resetSeconds } = quota
  reply
    .header('ratelimit-policy', `"${name}";q=${limit};w=${windowSeconds}`)
    .header('ratelimit', `"${name}";r=${remaining};t=${resetSeconds}`)
    .header('ratelimit-limit', limit)
    .header('ratelimit-remaining', remaining)
    .header('ratelimit-reset', resetSeconds)
}
