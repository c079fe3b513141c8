import { type GossipSub, type GossipsubOpts, gossipsub, StrictNoSign } from '@libp2p/gossipsub'
import type { PeerId } from '@libp2p/interface'
import type { Admission } from './admission.ts'
import { InboundBudget, type InboundRates } from './budget.ts'
import type { Counters } from './counters.ts'
import {
  GOSSIP_BUFFER_BYTES_MAX,
  GOSSIP_ENTRIES_MAX,
  GOSSIP_ENVELOPE_BYTES_MAX,
  GOSSIP_MESSAGE_BYTES_MAX,
  GOSSIP_PEER_TOPIC_BYTES_MAX,
  GOSSIP_SEEN_MS,
} from './limits.ts'
import { type MembersOnly, membersRegistrar } from './members-registrar.ts'
import {
  type NetworkHandlers,
  type PeerName,
  TOPICS,
  type Topic,
  type Verdict,
} from './network-port.ts'
import type { ProtocolNames } from './protocol-names.ts'
import { encodePublication, SeenPublications } from './publication.ts'

/**
 * Gossipsub as a small federation needs it: it keeps the streams, and who listens to what; `Gossip`
 * tells every listener directly. Unsigned, for what travels is signed itself. Who is only invited neither
 * hears nor tells.
 */
export const gossipService = (
  names: ProtocolNames,
  only: MembersOnly,
): ReturnType<typeof gossipsub> => {
  const create = gossipsub(settingsOf(names))
  return (components) =>
    create({
      peerId: components.peerId,
      privateKey: components.privateKey,
      peerStore: components.peerStore,
      connectionManager: components.connectionManager,
      logger: components.logger,
      registrar: membersRegistrar(components.registrar, only),
    })
}

const settingsOf = (names: ProtocolNames): Partial<GossipsubOpts> => ({
  globalSignaturePolicy: StrictNoSign,
  allowedTopics: TOPICS.map(names.topic),
  fallbackToFloodsub: false,
  tagMeshPeers: false,
  // What one listener would pass on to another, that one has heard from the publisher.
  D: 0,
  Dlo: 0,
  Dhi: 0,
  Dout: 0,
  Dscore: 0,
  Dlazy: 0,
  gossipFactor: 0,
  maxInboundStreams: 2,
  maxOutboundStreams: 2,
  maxInboundDataLength: GOSSIP_ENVELOPE_BYTES_MAX,
  maxOutboundBufferSize: GOSSIP_BUFFER_BYTES_MAX,
  maxTopicBytesPerPeer: GOSSIP_PEER_TOPIC_BYTES_MAX,
  decodeRpcLimits: {
    maxSubscriptions: GOSSIP_ENTRIES_MAX,
    maxMessages: GOSSIP_ENTRIES_MAX,
    maxIhaveMessageIDs: GOSSIP_ENTRIES_MAX,
    maxIwantMessageIDs: GOSSIP_ENTRIES_MAX,
    maxIdontwantMessageIDs: GOSSIP_ENTRIES_MAX,
    maxControlMessages: GOSSIP_ENTRIES_MAX,
    maxPeerInfos: 0,
  },
  // Peers are admitted by key and scored by this room; many may share one address.
  scoreParams: { IPColocationFactorWeight: 0, behaviourPenaltyWeight: 0 },
})

export type GossipPorts = {
  readonly pubsub: GossipSub
  readonly names: ProtocolNames
  readonly admission: Admission
  readonly counters: Counters
  readonly rates: InboundRates
  readonly nowMs: () => number
  readonly onGossip: NetworkHandlers['onGossip']
  /** The peer sent more than it may; it is to be refused for a while. */
  readonly onOverrun: (peer: PeerName) => void
  /** The peer published what no honest one does. */
  readonly onReject: (peer: PeerName) => void
}

const COUNTERS = {
  accept: 'gossip_accepted',
  ignore: 'gossip_ignored',
  reject: 'gossip_rejected',
} as const satisfies Record<Verdict, keyof Counters>

/** The topics of the network, as heard and told by this node. */
export class Gossip {
  readonly #ports: GossipPorts
  readonly #budgets = new Map<PeerName, InboundBudget>()
  readonly #heard = new Set<Topic>()
  readonly #inside: Inside
  readonly #seen: SeenPublications

  constructor(ports: GossipPorts) {
    this.#ports = ports
    this.#inside = insideOf(ports.pubsub)
    this.#seen = new SeenPublications(GOSSIP_SEEN_MS, ports.nowMs)
    this.#hearDirectly()
  }

  /** Listens to these topics and to no others, each message being judged by the loop. */
  hear(topics: readonly Topic[]): void {
    const { pubsub, names } = this.#ports
    for (const topic of TOPICS) {
      const name = names.topic(topic)
      if (topics.includes(topic) === this.#heard.has(topic)) continue
      if (this.#heard.delete(topic)) {
        pubsub.unsubscribe(name)
        continue
      }
      this.#heard.add(topic)
      pubsub.subscribe(name)
    }
  }

  /** A block leaves after what its turn sends on links: its proposal decides when it is final. */
  publish(topic: Topic, message: Uint8Array): void {
    if (message.length > GOSSIP_MESSAGE_BYTES_MAX) {
      this.#ports.counters.dropped_too_long += 1
      return
    }
    if (topic === 'blocks') setImmediate(() => this.#publishNow(topic, message))
    else this.#publishNow(topic, message)
  }

  /** To every listener, as the library would, which prepares each message for passing on as well. */
  #publishNow(topic: Topic, message: Uint8Array): void {
    const { pubsub, names, counters } = this.#ports
    if (!this.#seen.add(message)) return
    const name = names.topic(topic)
    const frame = encodePublication(name, message)
    for (const peer of pubsub.getSubscribers(name)) {
      const stream = this.#inside.streamsOutbound.get(peer.toString())
      if (stream === undefined) continue
      try {
        stream.pushPrefixed(frame)
        counters.gossip_out += 1
        counters.gossip_bytes_out += message.length
      } catch {
        // The stream closed under us; a link whose gossip ended is made anew.
        counters.gossip_failed += 1
      }
    }
  }

  /** The peer is gone; what it may send is counted anew when it comes back. */
  forget(peer: PeerName): void {
    this.#budgets.delete(peer)
  }

  /**
   * Takes a message where the library does. It would keep it to pass it on, score its source, tell two
   * kinds of listeners, and come back to it four times: nothing of which is asked of it here.
   */
  #hearDirectly(): void {
    const topics = new Map(TOPICS.map((topic) => [this.#ports.names.topic(topic), topic]))
    this.#inside.handleReceivedMessage = (source, { topic: name, data = NOTHING, ...rest }) => {
      const topic = topics.get(name)
      const isSigned = SIGNING_FIELDS.some((field) => rest[field] !== undefined)
      if (topic === undefined || !this.#heard.has(topic) || isSigned) return HANDLED
      this.#take(topic, source, data)
      return HANDLED
    }
  }

  #take(topic: Topic, source: PeerId, data: Uint8Array): void {
    const { counters, onGossip, onReject } = this.#ports
    counters.gossip_in += 1
    counters.gossip_bytes_in += data.length
    if (!this.#isWelcome(source, data)) {
      counters.gossip_rejected += 1
      return
    }
    if (!this.#seen.add(data)) return
    const from = source.toString()
    // Outside gossipsub's own try block: an error of ours is to stop the process, not to be lost.
    queueMicrotask(() =>
      onGossip(topic, from, data, (verdict) => {
        counters[COUNTERS[verdict]] += 1
        if (verdict === 'reject') onReject(from)
      }),
    )
  }

  #isWelcome(source: PeerId, data: Uint8Array): boolean {
    const { admission, rates, nowMs, onOverrun } = this.#ports
    const peer = source.toString()
    if (!admission.isMember(peer) || data.length > GOSSIP_MESSAGE_BYTES_MAX) return false
    const budget = this.#budgets.get(peer) ?? new InboundBudget(rates, nowMs())
    this.#budgets.set(peer, budget)
    if (budget.spend(data.length, 1, nowMs())) return true
    onOverrun(peer)
    return false
  }
}

/** What the library keeps to itself of how it takes a message of an RPC, and of whom it can tell. */
type Inside = {
  readonly streamsOutbound: ReadonlyMap<string, { pushPrefixed: (frame: Uint8Array) => void }>
  handleReceivedMessage: (source: PeerId, message: Received) => Promise<void>
}

type Received = { readonly topic: string; readonly data?: Uint8Array } & {
  readonly [field in (typeof SIGNING_FIELDS)[number]]?: unknown
}

const SIGNING_FIELDS = ['signature', 'seqno', 'key'] as const
const NOTHING = new Uint8Array(0)
const HANDLED = Promise.resolve()

const insideOf = (pubsub: object): Inside => {
  if (!isInside(pubsub)) throw new Error('gossipsub is of a version that this room does not know')
  return pubsub
}

const isInside = (pubsub: object): pubsub is Inside =>
  'streamsOutbound' in pubsub &&
  pubsub.streamsOutbound instanceof Map &&
  'handleReceivedMessage' in pubsub &&
  typeof pubsub.handleReceivedMessage === 'function'
