import { createServer } from 'node:net'
import { FederationError } from './federation-error.ts'

/** Below the range from which systems take ports for outgoing connections. */
const FIRST = 20_000
const LAST = 31_999
const TRIES_MAX = 200
/** Nobody listens there before a node or a proxy has started: they are not given a second time. */
const given = new Set<number>()

/** `count` ports of loopback that nobody listens on now, and that no outgoing connection takes. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const found = new Set<number>()
  for (let tries = 0; found.size < count && tries < TRIES_MAX; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1))
    if (!given.has(port) && (await isFree(port))) found.add(port)
  }
  for (const port of found) given.add(port)
  if (found.size === count) return [...found]
  throw new FederationError(`no ${count} ports from ${FIRST} to ${LAST} are free on loopback`)
}

/** Whether a server can listen on this port of loopback. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
