import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Random, Reporter } from '../loop/ports.ts'
import type { Admission } from './admission.ts'
import { InboundBudget } from './budget.ts'
import type { Counters } from './counters.ts'
import { Dialer, type DialTarget } from './dialer.ts'
import {
  GOSSIP_GRACE_MS,
  HIGHER_DIALS_AFTER_MS,
  INBOUND_RATES,
  LINK_PROVEN_MS,
  LINKS_MAX,
} from './limits.ts'
import { isLinkFault, Link, type LinkEnd, type LinkFault, type LinkStreams } from './link.ts'
import type { LinkedPeer, NetworkHandlers, PeerName, Priority } from './network-port.ts'
import { Pairing, type StreamPair } from './pairing.ts'
import type { ProtocolNames } from './protocol-names.ts'

export type LinksPorts = {
  readonly host: Libp2p
  readonly names: ProtocolNames
  readonly admission: Admission
  readonly counters: Counters
  readonly handlers: Pick<NetworkHandlers, 'onMessage' | 'onPeer'>
  readonly nowMs: () => number
  readonly random: Random
  readonly report: Reporter
  readonly timing: LinkTiming
  /** Whether gossip flows to and from the peer. */
  readonly hasGossip: (peer: PeerName) => boolean
  /** The peer broke the rules of the line; it is to be refused for a while. */
  readonly onFault: (peer: PeerName, why: LinkFault) => void
}

/** How often links are looked at, and how long a silent peer is believed to live. */
export type LinkTiming = {
  readonly keepAliveMs: number
  readonly silenceMs: number
}

/**
 * The links of one node: every authority with every other, every follower with the authorities.
 * A follower dials; of two authorities the lower id does, the higher one only after a while.
 */
export class Links {
  readonly #ports: LinksPorts
  readonly #self: PeerName
  readonly #links = new Map<PeerName, Link>()
  readonly #pairing = new Pairing()
  readonly #dialer: Dialer
  readonly #tick: NodeJS.Timeout
  #tickedAtMs: number

  constructor(ports: LinksPorts) {
    this.#ports = ports
    this.#self = ports.host.peerId.toString()
    this.#dialer = new Dialer({
      random: ports.random,
      open: (target, signal) => this.#open(target, signal),
      onFailure: (peer, failures, error) => this.#onDialFailure(peer, failures, error),
    })
    this.#tickedAtMs = ports.nowMs()
    this.#tick = setInterval(() => this.#onTick(), ports.timing.keepAliveMs)
  }

  /** Takes streams of peers from now on, and begins to dial. */
  async start(): Promise<void> {
    const { host, names } = this.#ports
    const once = { maxInboundStreams: 1, maxOutboundStreams: 1 }
    await host.handle(
      names.link,
      (stream, connection) => this.#onStream('link', stream, connection),
      once,
    )
    await host.handle(
      names.bulk,
      (stream, connection) => this.#onStream('bulk', stream, connection),
      once,
    )
    this.refresh()
  }

  /** Who is admitted has changed: ends what is no longer allowed, dials what is now wanted. */
  refresh(): void {
    for (const [peer, link] of this.#links) {
      if (!this.#mayLink(peer)) link.end('not_admitted')
    }
    this.#dialer.want(this.#targets(), (peer) => this.#links.has(peer))
  }

  send(peer: PeerName, priority: Priority, message: Uint8Array): void {
    const link = this.#links.get(peer)
    if (link === undefined || link.ended) this.#ports.counters.dropped_not_linked += 1
    else link.send(priority, message)
  }

  peers(): readonly LinkedPeer[] {
    const linked: LinkedPeer[] = []
    for (const [peer, link] of this.#links) {
      const role = this.#ports.admission.roleOf(peer)
      if (role === undefined || role === 'invited' || link.ended) continue
      linked.push({ peer, role, queuedBytes: link.queuedBytes })
    }
    return linked
  }

  end(peer: PeerName, why: LinkEnd): void {
    this.#links.get(peer)?.end(why)
  }

  stop(): void {
    clearInterval(this.#tick)
    this.#pairing.stop()
    this.#dialer.stop()
    for (const link of this.#links.values()) link.end('stopped')
  }

  #targets(): DialTarget[] {
    const { authorities } = this.#ports.admission
    const amAuthority = authorities.some(({ peer }) => peer === this.#self)
    return authorities
      .filter(({ peer, addresses }) => peer !== this.#self && addresses.length > 0)
      .map(({ peer, addresses }) => ({
        peer,
        addresses,
        patienceMs: amAuthority && this.#self > peer ? HIGHER_DIALS_AFTER_MS : 0,
      }))
  }

  async #open({ peer, addresses }: DialTarget, signal: AbortSignal): Promise<void> {
    const { host, names, counters } = this.#ports
    counters.dials += 1
    const where = addresses.map((address) => multiaddr(`${address}/p2p/${peer}`))
    const connection = await host.dial(where, { signal })
    try {
      const link = await connection.newStream(names.link, { signal })
      const bulk = await connection.newStream(names.bulk, { signal })
      this.#establish({ peer, connection, link, bulk, openedBy: 'us' })
    } catch (cause) {
      // Without its streams a connection is of no use; the next dial begins anew.
      connection.abort(new Error('no link on this connection', { cause }))
      throw cause
    }
  }

  #onDialFailure(peer: PeerName, failures: number, error: unknown): void {
    this.#ports.counters.dials_failed += 1
    if (failures > 1) return
    const reason = error instanceof Error ? error.message : String(error)
    this.#ports.report({ level: 'info', code: 'dial_failed', facts: { peer, reason } })
  }

  #onStream(kind: keyof StreamPair, stream: Stream, connection: Connection): void {
    const peer = connection.remotePeer.toString()
    if (!this.#mayLink(peer)) {
      this.#ports.counters.refused_streams += 1
      connection.abort(new Error('no link for this peer'))
      return
    }
    const pair = this.#pairing.add(connection, kind, stream)
    if (pair !== undefined) this.#establish({ peer, connection, ...pair, openedBy: 'them' })
  }

  #mayLink(peer: PeerName): boolean {
    const { admission } = this.#ports
    if (!admission.isMember(peer) || !admission.admits(peer)) return false
    return (
      admission.roleOf(peer) === 'authority' ||
      this.#links.has(peer) ||
      this.#links.size < LINKS_MAX
    )
  }

  #establish(streams: LinkStreams): void {
    const { peer, connection, openedBy } = streams
    const { counters, handlers, report, nowMs, onFault } = this.#ports
    const existing = this.#links.get(peer)
    if (existing !== undefined && !existing.ended && !this.#supersedes(openedBy, existing)) {
      discard(streams, existing.streams.connection)
      return
    }
    existing?.end('superseded')
    if (existing !== undefined) discard(existing.streams, connection)
    counters.links_up += 1
    // Queued before the streams are read, so that the loop hears of the peer before its messages.
    queueMicrotask(() => handlers.onPeer(peer, 'up'))
    report({ level: 'info', code: 'link_up', facts: { peer, openedBy } })
    const link = new Link(streams, {
      counters,
      nowMs,
      budget: new InboundBudget(INBOUND_RATES, nowMs()),
      onMessage: handlers.onMessage,
      onEnd: (ended, why) => {
        if (isLinkFault(why)) onFault(peer, why)
        this.#onEnd(ended, why)
      },
    })
    this.#links.set(peer, link)
    this.#dialer.linked(peer)
  }

  /** Both ends decide alike: a newer link of the same opener, otherwise that of the lower id. */
  #supersedes(openedBy: 'us' | 'them', existing: Link): boolean {
    if (openedBy === existing.streams.openedBy) return true
    const lower = this.#self < existing.streams.peer ? 'us' : 'them'
    return openedBy === lower
  }

  #onEnd(link: Link, why: LinkEnd): void {
    const { counters, handlers, report, nowMs } = this.#ports
    const { peer } = link.streams
    counters.links_down += 1
    report({ level: 'info', code: 'link_down', facts: { peer, why } })
    if (this.#links.get(peer) === link) {
      this.#links.delete(peer)
      this.#dialer.lost(peer, nowMs() - link.openedAtMs >= LINK_PROVEN_MS)
    }
    handlers.onPeer(peer, 'down')
  }

  /** After a stall of this very process nobody is judged: what they said still waits unread. */
  #onTick(): void {
    const { keepAliveMs } = this.#ports.timing
    const nowMs = this.#ports.nowMs()
    const stalled = nowMs - this.#tickedAtMs > 2 * keepAliveMs
    this.#tickedAtMs = nowMs
    for (const link of this.#links.values()) {
      const failing = stalled ? undefined : this.#failingOf(link, nowMs)
      if (failing === undefined) link.keepAlive()
      else link.end(failing)
    }
  }

  #failingOf(link: Link, nowMs: number): LinkEnd | undefined {
    const { timing, hasGossip } = this.#ports
    if (nowMs - link.heardAtMs > timing.silenceMs) return 'silent'
    const settled = nowMs - link.openedAtMs > GOSSIP_GRACE_MS
    return settled && !hasGossip(link.streams.peer) ? 'gossip_lost' : undefined
  }
}

/** Closes the streams, and their connection unless the pair's other link lives on it. */
const discard = ({ connection, link, bulk }: LinkStreams, kept: Connection): void => {
  const reason = new Error('the pair has another link')
  link.abort(reason)
  bulk.abort(reason)
  if (connection !== kept) connection.abort(reason)
}
