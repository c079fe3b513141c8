import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { AT_ONCE, type Flow, OneWay } from './one-way.ts'

/** What a link does with its connections. `refused` ends those there are, and lets no other come up. */
export type LinkState = {
  readonly toTarget: Flow
  readonly toDialler: Flow
  readonly refused: boolean
}

export const WHOLE: LinkState = { toTarget: AT_ONCE, toDialler: AT_ONCE, refused: false }

/** What did not get through, ever. */
export type LinkCounters = { readonly heldBytes: number; readonly refusals: number }

/** Two nodes that dial each other at once have two; the rest are leftovers of links that ended. */
const CONNECTIONS_MAX = 64

type Connection = {
  readonly dialler: Socket
  target: Socket | undefined
  ways: { readonly toTarget: OneWay; readonly toDialler: OneWay } | undefined
}

/** The only way from one node to one authority: a TCP proxy on loopback that can be cut, both ways or one. */
export class LinkProxy {
  readonly #server: Server
  readonly #targetPort: number
  readonly #connections = new Set<Connection>()
  #state: LinkState = WHOLE
  #heldBytes = 0
  #refusals = 0

  private constructor(targetPort: number) {
    this.#targetPort = targetPort
    // Nothing is read before it can be passed on.
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (dialler) =>
      this.#accept(dialler),
    )
    this.#server.maxConnections = CONNECTIONS_MAX
  }

  static async open(ports: { readonly listen: number; readonly target: number }) {
    const proxy = new LinkProxy(ports.target)
    proxy.#server.listen(ports.listen, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get counters(): LinkCounters {
    return { heldBytes: this.#heldBytes, refusals: this.#refusals }
  }

  /** Ports from which it has connected to the target. */
  get targetSidePorts(): readonly number[] {
    return [...this.#connections].flatMap(({ target }) => target?.localPort ?? [])
  }

  set state(state: LinkState) {
    this.#state = state
    for (const connection of this.#connections) {
      if (state.refused) this.#refuse(connection)
      else this.#apply(connection)
    }
  }

  close(): void {
    this.#server.close()
    for (const connection of this.#connections) this.#end(connection)
  }

  #accept(dialler: Socket): void {
    const connection: Connection = { dialler, target: undefined, ways: undefined }
    this.#connections.add(connection)
    dialler.on('error', ignore)
    dialler.once('close', () => {
      if (connection.target === undefined || connection.target.destroyed) this.#forget(connection)
    })
    if (this.#state.refused) this.#refuse(connection)
    else this.#apply(connection)
  }

  /** A connection whose way there is held is not even made. */
  #apply(connection: Connection): void {
    const { toTarget, toDialler } = this.#state
    if (connection.ways !== undefined) {
      connection.ways.toTarget.flow = toTarget
      connection.ways.toDialler.flow = toDialler
    } else if (toTarget.tag === 'open' && connection.target === undefined) this.#reach(connection)
  }

  #reach(connection: Connection): void {
    const { dialler } = connection
    const target = connect({ host: '127.0.0.1', port: this.#targetPort, noDelay: true })
    connection.target = target
    target.on('error', ignore)
    target.once('close', () => {
      if (connection.ways === undefined) this.#end(connection)
      else if (dialler.destroyed) this.#forget(connection)
    })
    target.once('connect', () => {
      const held = (bytes: number): void => {
        this.#heldBytes += bytes
      }
      const { toTarget, toDialler } = this.#state
      connection.ways = {
        toTarget: new OneWay({ from: dialler, to: target }, toTarget, held),
        toDialler: new OneWay({ from: target, to: dialler }, toDialler, held),
      }
      dialler.resume()
    })
  }

  #refuse(connection: Connection): void {
    this.#refusals += 1
    this.#end(connection)
  }

  #end(connection: Connection): void {
    this.#forget(connection)
    connection.dialler.resetAndDestroy()
    connection.target?.resetAndDestroy()
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
  }
}

/** A reset, or nobody there: a close follows, and that is what counts. */
const ignore = (): void => undefined
