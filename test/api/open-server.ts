import { readFile } from 'node:fs/promises'
import { expect, onTestFinished } from 'vitest'
import type { App } from '#api/app.ts'
import type { Ports } from '#api/ports/ports.ts'
import { createServer, type ServerOptions } from '#api/server.ts'
import { createContract } from '../support/contract.ts'
import { fakePorts, TOKEN } from './fake-ports.ts'

/** The committed one: that servers serve it is a test of its own. */
const document = new URL('../../docs/openapi.json', import.meta.url)
const contract = createContract(JSON.parse(await readFile(document, 'utf8')))

/** Nothing of a payload is sent with it. */
const NO_CONTENT = 204

/** Holds every answer against the document, whatever else the test looks at: what it does not say. */
const watch = (app: App): ReadonlySet<string> => {
  const breaches = new Set<string>()
  app.addHook('onSend', (request, reply, payload, done) => {
    const { method, url } = request
    const found = contract.breaches({
      method,
      url,
      status: reply.statusCode,
      contentType: String(reply.getHeader('content-type') ?? ''),
      body: typeof payload === 'string' && reply.statusCode !== NO_CONTENT ? payload : '',
    })
    for (const breach of found) breaches.add(breach)
    done(null, payload)
  })
  return breaches
}

/** A server over fakes, closed after the test, all of whose answers its document must know. */
export const openServer = async (
  ports: Partial<Ports> = {},
  options: Omit<ServerOptions, 'ports'> = {},
): Promise<App> => {
  const app = await createServer({ ports: fakePorts(ports), ...options })
  const breaches = watch(app)
  onTestFinished(async () => {
    await app.close()
    expect([...breaches], 'every answer is documented').toEqual([])
  })
  return app
}

export const AUTHORIZED = { authorization: `Bearer ${TOKEN}` }

export const get = (app: App, url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers: { ...AUTHORIZED, ...headers } })

export const post = (
  app: App,
  url: string,
  payload: object | undefined,
  headers: Record<string, string> = {},
) =>
  app.inject({
    method: 'POST',
    url,
    headers: { ...AUTHORIZED, ...headers },
    ...(payload && { payload }),
  })
