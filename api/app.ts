import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'

/** The HTTP server whose routes are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** What a route's documentation says of its credential: an API key alone, or a signed request too. */
export const BEARER = [{ apiKey: [] }]
export const SIGNED = [{ signedRequest: [] }]
export const BEARER_OR_SIGNED = [{ apiKey: [] }, { signedRequest: [] }]
