import type { GossipSub } from '@libp2p/gossipsub'
import type { Libp2p, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { createLibp2p } from 'libp2p'
import type { NetworkId } from '#protocol/id.ts'
import type { Random, Reporter } from '../loop/ports.ts'
import { Admission, type AdmissionList } from './admission.ts'
import { type Counters, createCounters } from './counters.ts'
import { Gossip, gossipService } from './gossip.ts'
import { hostInit, identifyService } from './host.ts'
import { nodeKeyOf } from './identity.ts'
import { type JoinHandler, serveJoins } from './join-protocol.ts'
import {
  BAN_MS,
  CONNECTIONS_PER_PEER_MAX,
  FAULT_FORGIVEN_MS,
  FAULTS_MAX,
  INBOUND_RATES,
  INVITED_CONNECTION_MS,
  LINK_TIMING,
  SCORED_PEERS_MAX,
} from './limits.ts'
import { Links, type LinkTiming } from './links.ts'
import { NetworkError } from './network-error.ts'
import type { Misbehaviour, NetworkHandlers, NetworkPort, PeerName, Topic } from './network-port.ts'
import { type ProtocolNames, protocolNames } from './protocol-names.ts'
import { type BanReason, Scores } from './score.ts'
import { stopHost } from './stop-host.ts'

export type NetworkOptions = {
  readonly network: NetworkId
  /** Ed25519 seed of the node identity, 32 bytes. */
  readonly seed: Uint8Array
  /** Multiaddrs in text; port 0 takes a free one. None: this node only dials. */
  readonly listen: readonly string[]
  /** Where others reach this node, when that differs. */
  readonly announce?: readonly string[]
  readonly admission: AdmissionList
  /** What this node wants to hear; `topicsOf` gives the usual ones. */
  readonly topics: readonly Topic[]
  readonly handlers: NetworkHandlers
  readonly report: Reporter
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number
  readonly random?: Random
  readonly timing?: LinkTiming
}

/** A running network: the loop's port, and what the rest of the node needs of it. */
export type Network = NetworkPort & {
  readonly self: PeerName
  /** Multiaddrs in text under which this node can be dialled, each with its peer id. */
  readonly addresses: () => readonly string[]
  /** Replaces who is admitted; whoever is no longer is disconnected. */
  readonly admit: (list: AdmissionList) => void
  /** Listens to these topics, and to no others. */
  readonly hear: (topics: readonly Topic[]) => void
  /** Answers invited peers from now on. */
  readonly serveJoin: (handler: JoinHandler) => Promise<void>
  readonly counters: () => Counters
  /** Ends every connection; under a second. */
  readonly stop: () => Promise<void>
}

/** Authorities tell one another on their links; only what a follower could not send there is gossip. */
export const topicsOf = (role: 'authority' | 'follower'): readonly Topic[] =>
  role === 'authority' ? ['transactions'] : ['blocks', 'votes', 'status']

/** Opens the network: listens, and begins to dial. Throws a `NetworkError` where it cannot listen. */
export const createNetwork = async (options: NetworkOptions): Promise<Network> => {
  const room = await buildRoom(options)
  const { host, links, gossip, admission, counters } = room
  host.addEventListener('connection:open', ({ detail: connection }) => {
    shedOldest(host, connection.remotePeer)
    if (admission.roleOf(connection.remotePeer.toString()) !== 'invited') return
    const patience = setTimeout(
      () => connection.abort(new Error('an invitation is one question')),
      INVITED_CONNECTION_MS,
    )
    connection.addEventListener('close', () => clearTimeout(patience), { once: true })
  })
  host.addEventListener('peer:disconnect', ({ detail }) => gossip.forget(detail.toString()))
  await startHost(host, options.listen)
  gossip.hear(options.topics)
  await links.start()
  return {
    self: host.peerId.toString(),
    addresses: () => host.getMultiaddrs().map((address) => address.toString()),
    send: (peer, priority, message) => links.send(peer, priority, message),
    publish: (topic, message) => gossip.publish(topic, message),
    peers: () => links.peers(),
    score: (peer, reason, verdict) => {
      if (verdict === 'reject') room.fault(peer, reason)
    },
    admit: (list) => {
      admission.replace(list)
      links.refresh()
      cutOff(host, (peer) => !admission.admits(peer))
    },
    hear: (topics) => gossip.hear(topics),
    serveJoin: (handler) => serveJoin(room, options, handler),
    counters: () => ({ ...counters }),
    stop: async () => {
      links.stop()
      await stopHost(host)
    },
  }
}

type Room = {
  readonly host: Libp2p
  readonly links: Links
  readonly gossip: Gossip
  readonly admission: Admission
  readonly counters: Counters
  /** Counts against the peer; the one that is too many parts us from it. */
  readonly fault: (peer: PeerName, reason: Misbehaviour) => void
}

const buildRoom = async (options: NetworkOptions): Promise<Room> => {
  const { handlers, report } = options
  const nowMs = options.nowMs ?? (() => performance.now())
  const names = protocolNames(options.network)
  const counters = createCounters()
  const scores = new Scores({
    faultsMax: FAULTS_MAX,
    forgivenMs: FAULT_FORGIVEN_MS,
    banMs: BAN_MS,
    peersMax: SCORED_PEERS_MAX,
  })
  const admission = new Admission(options.admission, { scores, counters, nowMs })
  const host = await createHost(options, names, { admission, counters })
  const part = (peer: PeerName, reason: BanReason): void => {
    counters.bans += 1
    scores.ban(peer, nowMs())
    report({ level: 'warn', code: 'peer_refused_for_a_while', facts: { peer, reason } })
    links.end(peer, 'misbehaved')
    cutOff(host, (connected) => connected === peer)
  }
  const fault = (peer: PeerName, reason: Misbehaviour): void => {
    counters.faults += 1
    if (scores.fault(peer, nowMs())) part(peer, reason)
  }
  const links = new Links({
    host,
    names,
    admission,
    counters,
    handlers,
    nowMs,
    random: options.random ?? Math.random,
    report,
    timing: options.timing ?? LINK_TIMING,
    hasGossip: (peer) => hasGossip(host, peer),
    onFault: part,
  })
  const gossip = new Gossip({
    pubsub: host.services.pubsub,
    names,
    admission,
    counters,
    rates: INBOUND_RATES,
    nowMs,
    onGossip: handlers.onGossip,
    onOverrun: (peer) => part(peer, 'budget_overrun'),
    onReject: (peer) => fault(peer, 'bad_gossip'),
  })
  return { host, links, gossip, admission, counters, fault }
}

const createHost = (
  options: NetworkOptions,
  names: ProtocolNames,
  { admission, counters }: Pick<Room, 'admission' | 'counters'>,
): Promise<Libp2p<{ pubsub: GossipSub }>> =>
  createLibp2p({
    ...hostInit({
      key: nodeKeyOf(options.seed),
      listen: options.listen,
      announce: options.announce ?? [],
      gater: admission.gater(),
    }),
    services: {
      identify: identifyService(),
      pubsub: gossipService(names, {
        isMember: (peer) => admission.isMember(peer.toString()),
        onRefused: (connection) => {
          counters.refused_streams += 1
          connection.abort(new Error('no gossip for this peer'))
        },
      }),
    },
    start: false,
  })

const startHost = async (host: Libp2p, listen: readonly string[]): Promise<void> => {
  try {
    await host.start()
  } catch (cause) {
    await stopHost(host)
    throw new NetworkError('cannot_listen', `cannot listen on ${listen.join(', ')}`, { cause })
  }
}

const serveJoin = (room: Room, options: NetworkOptions, handler: JoinHandler): Promise<void> =>
  serveJoins(room.host, options.network, handler, {
    isInvited: (peer) => room.admission.roleOf(peer) === 'invited',
    onServed: (peer, outcome, error) => {
      room.counters[outcome === 'answered' ? 'joins_answered' : 'joins_failed'] += 1
      const reason = error instanceof Error ? error.message : undefined
      options.report({ level: 'info', code: `join_${outcome}`, facts: { peer, reason } })
    },
  })

const cutOff = (host: Libp2p, isCut: (peer: PeerName) => boolean): void => {
  for (const connection of host.getConnections()) {
    if (isCut(connection.remotePeer.toString())) connection.abort(new Error('not admitted'))
  }
}

/** A peer that opens ever more connections crowds out itself: a newer one is the better one. */
const shedOldest = (host: Libp2p, peer: PeerId): void => {
  const connections = host.getConnections(peer)
  const oldest = connections.toSorted((a, b) => a.timeline.open - b.timeline.open)
  for (const each of oldest.slice(0, -CONNECTIONS_PER_PEER_MAX)) {
    each.abort(new Error('too many connections of one peer'))
  }
}

/** Gossip holds a stream in each direction; without the outbound one a peer hears nothing of us. */
const hasGossip = (host: Libp2p, peer: PeerName): boolean => {
  const streams = host.getConnections(peerIdFromString(peer)).flatMap(({ streams }) => streams)
  return (['inbound', 'outbound'] as const).every((direction) =>
    streams.some(
      (stream) => stream.direction === direction && stream.protocol.startsWith('/meshsub/'),
    ),
  )
}
