import { randomBytes } from 'node:crypto'
import type { Stream } from '@libp2p/interface'
import { encodeLinkMessage } from '#node/loop/link-message.ts'
import { encodeFrame } from '#node/network/frame.ts'
import { FAULTS_MAX, GOSSIP_MESSAGE_BYTES_MAX } from '#node/network/limits.ts'
import type { Topic } from '#node/network/network-port.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { until } from './federation.ts'
import type { Row } from './federation-claim.ts'
import {
  addressesOf,
  type NodeStatus,
  namesOf,
  openBarePeer,
  openPeer,
  type Peer,
  statusOf,
} from './federation-peer.ts'

const SEEN_WITHIN_MS = 15_000
const HEARD_WITHIN_MS = 2_000

type Counts = NodeStatus['turnedAway']
type LinkStreams = { readonly link: Stream; readonly bulk: Stream }

/** One way in which an admitted peer breaks the rules of a link, after which it is refused a while. */
export type Misdeed = {
  readonly name: string
  readonly does: (streams: LinkStreams) => void
  /** Messages that are held against it, before it is refused. */
  readonly faults: number
}

const u32 = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** `forged` are transactions that do not hold, in the text of real ones. */
export const misdeedsOf = (forged: readonly string[]): readonly Misdeed[] => [
  { name: 'an oversized frame', faults: 0, does: ({ link }) => link.send(u32(0xffffffff)) },
  { name: 'a broken frame', faults: 0, does: ({ bulk }) => bulk.send(Buffer.of(0, 0, 0, 2, 9, 9)) },
  {
    name: 'random bytes',
    faults: 0,
    does: ({ link }) => link.send(Buffer.concat([Buffer.of(200), randomBytes(10_000)])),
  },
  {
    name: 'whole frames of garbage',
    faults: FAULTS_MAX,
    // Every tag that a message may have, and one that none has.
    does: ({ link }) =>
      link.send(
        encodeFrame(
          [1, 2, 3, 4, 250].map((tag) => Buffer.concat([Buffer.of(tag), randomBytes(90)])),
        ),
      ),
  },
  {
    name: 'a bundle of forged transactions',
    faults: FAULTS_MAX,
    does: ({ link }) =>
      link.send(
        encodeFrame([encodeLinkMessage({ type: 'bundle', transactions: forged, toAll: false })]),
      ),
  },
]

/** Does it at a node under an identity of its own, and sees it counted, refused, and refused again. */
export const misbehaveAt = async (
  federation: LocalFederation,
  name: string,
  { misdeed, seed }: { readonly misdeed: Misdeed; readonly seed: Uint8Array },
): Promise<readonly Row[]> => {
  const { listen, turnedAway: before } = await statusOf(federation, name)
  const linked = await withLink(federation, { seed, listen }, async (streams) => {
    misdeed.does(streams)
    return await turned(federation, name, ({ bans }) => bans > before.bans)
  })
  const again = await withLink(federation, { seed, listen }, async () => true)
  const { turnedAway: after } = await turned(
    federation,
    name,
    ({ banned }) => banned > before.banned,
  )
  const faults = after.faults - before.faults
  return [
    [`${misdeed.name}: a link with ${name}`, linked !== undefined, true],
    [`${misdeed.name}: refused by ${name}`, after.bans - before.bans, 1],
    [`${misdeed.name}: ${faults} faults at ${name}`, faults >= misdeed.faults, true],
    [`${misdeed.name}: a second link with ${name}`, again !== undefined, false],
    [`${misdeed.name}: turned away by ${name}`, after.banned > before.banned, true],
  ]
}

/** Less than parts a member from the others: its own node is to come back. */
const GARBAGE = FAULTS_MAX - 1

/** What a bad member of the set says to another one on its link, short of being refused for it. */
export const talkNonsenseAt = async (
  federation: LocalFederation,
  name: string,
  seed: Uint8Array,
): Promise<readonly Row[]> => {
  const { listen, turnedAway: before } = await statusOf(federation, name)
  // The link of its own process, which has just died, may stand in the way for a moment.
  const after = await until(`${name} hears the member`, SEEN_WITHIN_MS, async () =>
    withLink(federation, { seed, listen }, async ({ link }) => {
      const nonsense = Array.from({ length: GARBAGE }, () =>
        Buffer.concat([Buffer.of(1), randomBytes(120)]),
      )
      link.send(encodeFrame(nonsense))
      const isHeard = ({ faults }: Counts): boolean => faults >= before.faults + GARBAGE
      const { turnedAway } = await turned(federation, name, isHeard, HEARD_WITHIN_MS)
      return isHeard(turnedAway) ? turnedAway : undefined
    }),
  )
  return [[`nonsense of a member that ${name} counted`, after.faults - before.faults, GARBAGE]]
}

/** Opens a link under that identity; undefined when it is refused anywhere in its opening. */
const withLink = async <T>(
  federation: LocalFederation,
  { seed, listen }: { readonly seed: Uint8Array; readonly listen: readonly string[] },
  use: (streams: LinkStreams) => Promise<T>,
): Promise<T | undefined> => {
  const names = namesOf(federation)
  const host = await openBarePeer(seed)
  const open = async (): Promise<LinkStreams> => {
    const connection = await host.dial(addressesOf(listen))
    const link = await connection.newStream(names.link)
    return { link, bulk: await connection.newStream(names.bulk) }
  }
  try {
    const streams = await open().catch(() => undefined)
    return streams && (await use(streams))
  } finally {
    await host.stop()
  }
}

/** Bytes that are no message of any topic. */
const MALFORMED: readonly (() => Uint8Array)[] = [
  () => randomBytes(1),
  () => Buffer.concat([Buffer.of(1), randomBytes(200)]),
  () => randomBytes(60_000),
]

/**
 * Of each topic more bytes than any message may have, then malformed messages: all kinds on a topic
 * of its own, one on each of several, since whoever is heard parts from a peer at the third.
 */
const gossipOf = (topics: readonly Topic[], at: number): readonly Uint8Array[] => {
  const kinds = topics.length === 1 ? MALFORMED : MALFORMED.slice(at, at + 1)
  return [randomBytes(GOSSIP_MESSAGE_BYTES_MAX + 1), ...kinds.map((make) => make())]
}

/** Malformed and oversized gossip on topics that the node listens to: each message is turned away. */
export const gossipAt = async (
  federation: LocalFederation,
  name: string,
  { seed, topics }: { readonly seed: Uint8Array; readonly topics: readonly Topic[] },
): Promise<readonly Row[]> => {
  const before = await statusOf(federation, name)
  const names = namesOf(federation)
  await until(`${name} is sent random gossip`, SEEN_WITHIN_MS, () => noiseAt(seed, before.listen))
  const host = await openPeer(seed)
  try {
    // A venue dials the members of the set, and would end a connection on which it finds no link.
    for (const protocol of [names.link, names.bulk]) await host.handle(protocol, () => undefined)
    const connection = await host.dial(addressesOf(before.listen))
    const rows: Row[] = []
    let sent = 0
    for (const [at, topic] of topics.entries()) {
      await listenerOf(host, names.topic(topic), `${connection.remotePeer}`)
      const messages = gossipOf(topics, at)
      let told = 0
      for (const message of messages) {
        const { recipients } = await host.services.pubsub.publish(names.topic(topic), message)
        told += recipients.length
      }
      rows.push([`gossip on ${topic} that reached ${name}`, told, messages.length])
      sent += told
    }
    const { gossip } = before.turnedAway
    const after = await turned(federation, name, (now) => now.gossip >= gossip + sent)
    rows.push([`gossip turned away by ${name}`, after.turnedAway.gossip - gossip, sent])
    return rows
  } finally {
    await host.stop()
  }
}

/** Random bytes where gossip would be; undefined when they could not be sent. */
const noiseAt = async (seed: Uint8Array, listen: readonly string[]): Promise<true | undefined> => {
  const host = await openBarePeer(seed)
  try {
    const connection = await host.dial(addressesOf(listen))
    const stream = await connection.newStream('/meshsub/1.1.0')
    stream.send(randomBytes(10_000))
    await stream.close()
    return true
  } catch {
    // A link of the same identity may just have ended the connection.
    return undefined
  } finally {
    await host.stop()
  }
}

/** Until the node has said that it listens: what is published earlier reaches nobody. */
const listenerOf = (host: Peer, topic: string, peer: string): Promise<true> =>
  until(`${peer} listens to ${topic}`, SEEN_WITHIN_MS, () =>
    host.services.pubsub.getSubscribers(topic).some((each) => `${each}` === peer)
      ? true
      : undefined,
  )

/** What the node says once its counts are so, or what it says when they do not become so in time. */
const turned = async (
  federation: LocalFederation,
  name: string,
  isThere: (counts: Counts) => boolean,
  withinMs = SEEN_WITHIN_MS,
): Promise<NodeStatus> => {
  const endMs = performance.now() + withinMs
  for (;;) {
    const status = await statusOf(federation, name)
    if (isThere(status.turnedAway) || performance.now() > endMs) return status
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
