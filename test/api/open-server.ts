import { afterEach } from 'vitest'
import type { App } from '#api/app.ts'
import type { Ports } from '#api/ports/ports.ts'
import { createServer, type ServerOptions } from '#api/server.ts'
import { fakePorts, TOKEN } from './fake-ports.ts'

const opened: App[] = []
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close()
})

/** A server over fakes, closed after the test. */
export const openServer = async (
  ports: Partial<Ports> = {},
  options: Omit<ServerOptions, 'ports'> = {},
): Promise<App> => {
  const app = await createServer({ ports: fakePorts(ports), ...options })
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
