import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { refuse } from './answer.ts'
import type { ResourceMethods } from './methods.ts'
import { BeforeCopyError } from './ports/before-copy.ts'
import type { ProblemCode, RequestFault } from './problem/problem.ts'

/** Fastify's own errors that are the caller's mistakes. Anything else is ours. */
const CALLER_ERRORS: ReadonlyMap<string, ProblemCode> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'too_large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'media_type_unsupported'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'body_unreadable'],
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'body_unreadable'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'body_unreadable'],
  ['FST_ERR_BAD_URL', 'route_unknown'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'route_unknown'],
  ['FST_ERR_HANDLER_TIMEOUT', 'deadline_exceeded'],
])

/** Asked of the method QUERY before it is known that no route has it. */
const METHOD_UNREAD = 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE'

/** How parts of the server say that there is nothing at an address, or nothing that may be had. */
const NO_ROUTE: ReadonlySet<number> = new Set([403, 404, 405])

/** Answers what a route could not: invalid requests with their faults, our own faults without any. */
export const onFault =
  (methods: ResourceMethods) =>
  (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error.code === METHOD_UNREAD) return onUnknownRoute(methods)(request, reply)
    if (hasZodFastifySchemaValidationErrors(error)) {
      const where = error.validationContext ?? 'body'
      const errors = error.validation.flatMap((issue) => faultsOf(where, issue))
      return refuse(reply, errors.some(isOfCursor) ? 'cursor_invalid' : 'request_invalid', {
        facts: { errors },
      })
    }
    const code = codeOf(error, request)
    if (code === 'internal') request.log.error({ err: error }, 'a request failed')
    return refuse(reply, code)
  }

const codeOf = (error: FastifyError, request: FastifyRequest): ProblemCode => {
  if (error instanceof BeforeCopyError) return 'before_copy'
  const { code, statusCode = 500 } = error
  const known = CALLER_ERRORS.get(code)
  if (known !== undefined) return known
  // The client went away while it sent its body: nobody is left to be told.
  if (code === 'ECONNRESET' && !request.raw.complete) return 'request_timeout'
  if (NO_ROUTE.has(statusCode)) return 'route_unknown'
  return statusCode >= 400 && statusCode < 500 ? 'request_invalid' : 'internal'
}

/** Answers an address, or a method of it, that no route has. */
export const onUnknownRoute =
  (methods: ResourceMethods) =>
  ({ url }: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const allowed = methods.at(url)
    if (allowed === undefined) return refuse(reply, 'route_unknown')
    return refuse(reply.header('allow', allowed), 'method_not_allowed')
  }

/** Of a cursor where the resource has one: elsewhere `after` is one unknown member among others. */
const isOfCursor = ({ pointer, detail }: RequestFault): boolean =>
  pointer === '#/after' && detail !== UNKNOWN_MEMBER

const UNKNOWN_MEMBER = 'not a known member'

type Issue = {
  readonly instancePath: string
  readonly message?: string | undefined
  readonly params: Record<string, unknown>
}

const faultsOf = (
  where: NonNullable<FastifyError['validationContext']>,
  issue: Issue,
): readonly RequestFault[] => {
  const base = issue.instancePath === '/' ? '' : issue.instancePath
  const unknown = issue.params['keys']
  if (!Array.isArray(unknown)) {
    return [{ in: whereOf(where), pointer: `#${base}`, detail: issue.message ?? 'not valid' }]
  }
  return unknown.map((key) => ({
    in: whereOf(where),
    pointer: `#${base}/${escaped(String(key))}`,
    detail: UNKNOWN_MEMBER,
  }))
}

const whereOf = (where: string): RequestFault['in'] =>
  where === 'headers' || where === 'params' || where === 'querystring' ? where : 'body'

/** RFC 6901 §3 and §6. A name may be half of a character, which has no bytes to be written as. */
const escaped = (key: string): string =>
  encodeURIComponent(key.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))
