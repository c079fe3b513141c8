import type { MultiaddrConnection } from '@libp2p/interface'

/**
 * Inbound connections whose peer has not yet proved who it is. When they are too many, the host with
 * the most of them loses its oldest one: those who connect and stay silent crowd out one another, and
 * a member, who says who it is within a moment, always finds a place.
 */
export class Newcomers {
  readonly #max: number
  /** Each with its host, oldest first. */
  readonly #hosts = new Map<MultiaddrConnection, string>()
  readonly #onCrowdedOut: () => void

  constructor(max: number, onCrowdedOut: () => void) {
    this.#max = max
    this.#onCrowdedOut = onCrowdedOut
  }

  enter(connection: MultiaddrConnection): void {
    this.#hosts.set(connection, hostOf(connection))
    connection.addEventListener('close', () => this.leave(connection), { once: true })
    if (this.#hosts.size <= this.#max) return
    const out = this.#oldestOfMost()
    if (out === undefined) return
    this.leave(out)
    this.#onCrowdedOut()
    out.abort(new Error('too many connections say nothing'))
  }

  /** Its peer is known now, or it is gone. */
  leave(connection: MultiaddrConnection): void {
    this.#hosts.delete(connection)
  }

  #oldestOfMost(): MultiaddrConnection | undefined {
    const counts = new Map<string, number>()
    for (const host of this.#hosts.values()) counts.set(host, (counts.get(host) ?? 0) + 1)
    const most = Math.max(...counts.values())
    for (const [connection, host] of this.#hosts) if (counts.get(host) === most) return connection
    return undefined
  }
}

const hostOf = ({ remoteAddr }: MultiaddrConnection): string =>
  remoteAddr.getComponents()[0]?.value ?? ''
