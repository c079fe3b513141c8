import type { Connection, Stream } from '@libp2p/interface'
import { LINK_OPEN_MS } from './limits.ts'

/** The streams of one link. */
export type StreamPair = { readonly link: Stream; readonly bulk: Stream }

type Half = {
  readonly streams: Partial<StreamPair>
  readonly expiry: NodeJS.Timeout
}

/**
 * Joins the two streams that a peer opens on one connection into a link. A half that stays alone
 * is cut off; a connection has at most one half here, so their number is bounded by connections.
 */
export class Pairing {
  readonly #halves = new Map<string, Half>()

  /** The whole pair once its second stream is here. */
  add(connection: Connection, kind: keyof StreamPair, stream: Stream): StreamPair | undefined {
    const half = this.#halves.get(connection.id) ?? this.#begin(connection)
    if (half.streams[kind] !== undefined) {
      stream.abort(new Error(`a second ${kind} stream on one connection`))
      return undefined
    }
    const streams =
      kind === 'link' ? { ...half.streams, link: stream } : { ...half.streams, bulk: stream }
    const { link, bulk } = streams
    if (link === undefined || bulk === undefined) {
      this.#halves.set(connection.id, { ...half, streams })
      return undefined
    }
    this.#forget(connection)
    return { link, bulk }
  }

  stop(): void {
    for (const { expiry } of this.#halves.values()) clearTimeout(expiry)
    this.#halves.clear()
  }

  #begin(connection: Connection): Half {
    const expiry = setTimeout(() => {
      connection.abort(new Error('half a link'))
    }, LINK_OPEN_MS)
    connection.addEventListener('close', () => this.#forget(connection), { once: true })
    return { streams: {}, expiry }
  }

  #forget(connection: Connection): void {
    clearTimeout(this.#halves.get(connection.id)?.expiry)
    this.#halves.delete(connection.id)
  }
}
