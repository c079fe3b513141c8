import { randomUUID } from 'node:crypto'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from 'fastify'
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import type { App } from './app.ts'
import { onClientError } from './client-error.ts'
import { boundConnections, type ConnectionBounds } from './connections.ts'
import { describeRoutes } from './documentation.ts'
import { createDoor, type Door, type DoorSettings } from './door.ts'
import { onFault, onUnknownRoute } from './faults.ts'
import { DOOR_RATES, type DoorRates } from './guard.ts'
import {
  BODY_BYTES_MAX,
  CLOSE_GRACE_MS,
  HEIGHT_WAIT_MS,
  PATH_PARAMETER_CHARACTERS_MAX,
  READ_DEADLINE_MS,
  REQUEST_TIMEOUT_MS,
  WAIT_DEFAULT_MS,
} from './limits.ts'
import { openListener } from './listener.ts'
import { discreet, recordAnswer } from './logging.ts'
import { ResourceMethods } from './methods.ts'
import { awaitHeight } from './min-height.ts'
import type { Ports } from './ports/ports.ts'
import { RequestLogger } from './request-logger.ts'
import { registerRoutes } from './routes.ts'
import { checkBody, noteBody } from './signed-body.ts'

export type ServerOptions = Partial<Omit<DoorSettings, 'rates'>> & {
  readonly ports: Ports
  readonly logger?: Logger
  readonly rates?: Partial<DoorRates>
  /** Speaks TLS by this key and certificate, in PEM; else plain HTTP. */
  readonly tls?: { readonly key: string; readonly certificate: string } | undefined
  /** How long a client may take to send its request; default: REQUEST_TIMEOUT_MS. */
  readonly requestTimeoutMs?: number
  /** How many connections it has; default: those of `limits.ts`. */
  readonly connections?: ConnectionBounds
}

/**
 * The HTTP server over a node's ports, not yet listening: `listen({ port })` alone is this machine's
 * loopback. `close()` takes less than a second.
 */
export const createServer = async ({
  ports,
  logger,
  rates = {},
  tls,
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
  connections,
  submissionWaitMs = WAIT_DEFAULT_MS,
}: ServerOptions): Promise<App> => {
  const door = createDoor(ports, { rates: { ...DOOR_RATES, ...rates }, submissionWaitMs })
  const methods = new ResourceMethods()
  const fault = onFault(methods)
  const app = Fastify({
    ...(logger && loggingTo(discreet(logger))),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_BYTES_MAX,
    exposeHeadRoutes: true,
    serverFactory: (handler) => openListener(handler, { tls, requestTimeoutMs }),
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARACTERS_MAX },
    return503OnClosing: false,
    clientErrorHandler: onClientError,
    frameworkErrors: (error, request, reply) => {
      mark(door, request, reply)
      fault(error, request, reply)
    },
  }).withTypeProvider<ZodTypeProvider>()
  boundConnections(app.server, connections)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(fault)
  app.setNotFoundHandler(onUnknownRoute(methods))
  app.decorateRequest('visitor')
  app.decorateRequest('seal')
  app.decorateRequest('signer')
  app.addHook('onRoute', (route) => {
    methods.add(route.url, route.method)
    if (route.method !== 'POST') route.handlerTimeout = HEIGHT_WAIT_MS + READ_DEADLINE_MS
  })
  readBodies(app)
  addHooks(app, door)
  await describeRoutes(app, submissionWaitMs)
  registerRoutes(app, door)
  return app
}

const loggingTo = (loggerInstance: Logger) => {
  const logging: LoggingOptions = {
    loggerInstance,
    childLoggerFactory: (_, bindings) => new RequestLogger(loggerInstance, bindings),
  }
  return logging
}

type LoggingOptions = Pick<FastifyServerOptions, 'childLoggerFactory'> & {
  readonly loggerInstance: FastifyBaseLogger
}

/** JSON, empty where a body is optional; and a signed transaction as it is. */
const readBodies = (app: App): void => {
  app.removeContentTypeParser('text/plain')
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      noteBody(request, body)
      if (body === '') done(null, undefined)
      else void parse(request, body, done)
    },
  )
  app.addContentTypeParser<string>(
    'application/jose',
    { parseAs: 'string' },
    (request, body, done) => {
      noteBody(request, body)
      done(null, body)
    },
  )
}

const addHooks = (app: App, door: Door): void => {
  app.addHook('preValidation', checkBody)
  app.addHook('preHandler', awaitHeight(door))
  app.addHook('onSend', (request, reply, payload, done) => {
    mark(door, request, reply)
    done(null, payload)
  })
  app.addHook('onResponse', recordAnswer(door))
  app.addHook('preClose', async () => {
    door.close()
    setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS).unref()
  })
}

/** What every answer says: the ledger's height, which request it answers, and not to keep it. */
const mark = (door: Door, request: FastifyRequest, reply: FastifyReply): void => {
  if (!reply.hasHeader('x-ledger-height')) {
    reply.header('x-ledger-height', door.ports.ledger.head().height)
  }
  reply.header('x-node-mode', door.ports.health.mode())
  reply.header('x-request-id', request.id)
  reply.header('x-content-type-options', 'nosniff')
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
}
