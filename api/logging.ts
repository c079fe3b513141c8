import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Door } from './door.ts'

/** Members that are blotted out wherever somebody logs them. */
const SECRETS = [
  'authorization',
  'tag',
  'secret',
  'claim',
  'claimCode',
  'passphrase',
  'token',
  'consent',
  'cookie',
  'body',
]
const REDACTED = [...SECRETS, ...SECRETS.flatMap((name) => [`*.${name}`, `*.*.${name}`])]

/** A logger that cannot say a tag, a secret, a claim code or a token by its name. */
export const discreet = (logger: Logger): Logger =>
  logger.child({}, { redact: REDACTED, serializers: { err: faultFacts } })

/** One line per answer and its figure. By route pattern: an address may hold a tag. */
export const recordAnswer =
  (door: Door) =>
  (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { method } = request
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown')
    const { statusCode: status, elapsedTime } = reply
    door.ports.metrics.answered({ method, route, status, seconds: elapsedTime / 1_000 })
    const line = { method, route, status, ms: Math.round(elapsedTime * 10) / 10 }
    if (status >= 500) request.log.warn(line, 'answered')
    else if (status >= 400) request.log.info(line, 'answered')
    else request.log.debug(line, 'answered')
    done()
  }

const faultFacts = (error: Error) => ({
  type: error.name,
  message: error.message,
  stack: error.stack,
})
