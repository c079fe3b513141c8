import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { HANDSHAKE_MS, KEEP_ALIVE_MS, SLOW_CHECK_MS, SOCKET_IDLE_MS } from './limits.ts'

export type ListenerOptions = {
  readonly tls: { readonly key: string; readonly certificate: string } | undefined
  readonly requestTimeoutMs: number
}

/** What accepts connections: HTTP, or HTTPS by a key and certificate. It cuts off who is too slow. */
export const openListener = (
  handler: RequestListener,
  { tls, requestTimeoutMs }: ListenerOptions,
): Server => {
  const options: ServerOptions = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(SLOW_CHECK_MS, requestTimeoutMs),
  }
  const server =
    tls === undefined ? createServer(options, handler) : openTls(handler, { ...options, ...tls })
  server.setTimeout(SOCKET_IDLE_MS)
  return server
}

const openTls = (
  handler: RequestListener,
  { certificate: cert, ...options }: ServerOptions & { key: string; certificate: string },
): Server => {
  const handshakeTimeout = Math.min(HANDSHAKE_MS, options.requestTimeout ?? HANDSHAKE_MS)
  const server = createTlsServer(
    { ...options, cert, minVersion: 'TLSv1.2', handshakeTimeout },
    handler,
  )
  // Who has not agreed on TLS cannot be told anything.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
}
