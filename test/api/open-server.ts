import { readFile } from 'node:fs/promises'
import { afterEach, expect } from 'vitest'
import type { App } from '#api/app.ts'
import type { Ports } from '#api/ports/ports.ts'
import { createServer, type ServerOptions } from '#api/server.ts'
import { createContract } from '../support/contract.ts'
import { fakePorts, TOKEN } from './fake-ports.ts'

/** The committed one: that servers serve it is a test of its own. */
const document = new URL('../../docs/openapi.json', import.meta.url)
const contract = createContract(JSON.parse(await readFile(document, 'utf8')))

const opened: App[] = []
/** What servers of this test answered that their document does not say. */
const breaches = new Set<string>()
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close()
  const seen = [...breaches]
  breaches.clear()
  expect(seen, 'every answer is documented').toEqual([])
})

/** Nothing of a payload is sent with it. */
const NO_CONTENT = 204

/** Holds every answer against the document, whatever else the test looks at. */
const watch = (app: App): void => {
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
}

/** A server over fakes, closed after the test. */
export const openServer = async (
  ports: Partial<Ports> = {},
  options: Omit<ServerOptions, 'ports'> = {},
): Promise<App> => {
  const app = await createServer({ ports: fakePorts(ports), ...options })
  watch(app)
  opened.push(app)
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
