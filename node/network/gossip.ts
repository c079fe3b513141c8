import {
  type GossipSub,
  type GossipsubOpts,
  gossipsub,
  type Message,
  StrictNoSign,
  type TopicValidatorFn,
  TopicValidatorResult,
} from '@libp2p/gossipsub'
import type { PeerId } from '@libp2p/interface'
import { sha256 } from '#digest'
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

/**
 * Gossipsub as a small federation needs it: whoever publishes tells every listener directly;
 * unsigned, for what travels is signed itself; the SHA-256 of a message is its id. Who is only invited
 * neither hears nor tells.
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
  msgIdFn: (message: Message) => sha256(message.data),
  allowedTopics: TOPICS.map(names.topic),
  floodPublish: true,
  batchPublish: true,
  fallbackToFloodsub: false,
  allowPublishToZeroTopicPeers: true,
  ignoreDuplicatePublishError: true,
  emitSelf: false,
  tagMeshPeers: false,
  // What one listener would pass on to another, that one has heard from the publisher.
  D: 0,
  Dlo: 0,
  Dhi: 0,
  Dout: 0,
  Dscore: 0,
  Dlazy: 0,
  gossipFactor: 0,
  idontwantMinDataSize: GOSSIP_ENVELOPE_BYTES_MAX,
  seenTTL: GOSSIP_SEEN_MS,
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

const RESULTS = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const satisfies Record<Verdict, TopicValidatorResult>

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

  constructor(ports: GossipPorts) {
    this.#ports = ports
  }

  /** Listens to these topics and to no others, each message being judged by the loop. */
  hear(topics: readonly Topic[]): void {
    const { pubsub, names } = this.#ports
    for (const topic of TOPICS) {
      const name = names.topic(topic)
      if (topics.includes(topic) === this.#heard.has(topic)) continue
      if (this.#heard.delete(topic)) {
        pubsub.unsubscribe(name)
        pubsub.topicValidators.delete(name)
        continue
      }
      this.#heard.add(topic)
      pubsub.topicValidators.set(name, this.#validator(topic))
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

  #publishNow(topic: Topic, message: Uint8Array): void {
    const { pubsub, names, counters } = this.#ports
    pubsub.publish(names.topic(topic), message).then(
      ({ recipients }) => {
        counters.gossip_out += recipients.length
        counters.gossip_bytes_out += recipients.length * message.length
      },
      () => {
        counters.gossip_failed += 1
      },
    )
  }

  /** The peer is gone; what it may send is counted anew when it comes back. */
  forget(peer: PeerName): void {
    this.#budgets.delete(peer)
  }

  #validator(topic: Topic): TopicValidatorFn {
    return (source, { data }) => {
      const { counters } = this.#ports
      counters.gossip_in += 1
      counters.gossip_bytes_in += data.length
      if (!this.#isWelcome(source, data)) {
        counters.gossip_rejected += 1
        return TopicValidatorResult.Reject
      }
      return this.#judge(topic, source.toString(), data)
    }
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

  /**
   * Waits for the loop's verdict. It needs no deadline: a callback that the loop drops takes this
   * promise and everything that waits for it along.
   */
  #judge(topic: Topic, from: PeerName, data: Uint8Array): Promise<TopicValidatorResult> {
    const { counters, onGossip, onReject } = this.#ports
    const { promise, resolve } = Promise.withResolvers<TopicValidatorResult>()
    // Outside gossipsub's own try block: an error of ours is to stop the process, not to be lost.
    queueMicrotask(() =>
      onGossip(topic, from, data, (verdict) => {
        counters[COUNTERS[verdict]] += 1
        if (verdict === 'reject') onReject(from)
        resolve(RESULTS[verdict])
      }),
    )
    return promise
  }
}
