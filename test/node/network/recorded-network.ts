import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { NodeReport } from '#node/loop/ports.ts'
import type { AdmissionList } from '#node/network/admission.ts'
import { createNetwork, type Network, type NetworkOptions } from '#node/network/create-network.ts'
import { hostInit } from '#node/network/host.ts'
import { nodeKeyOf, peerNameOfSeed } from '#node/network/identity.ts'
import type { PeerName, Topic, Verdict } from '#node/network/network-port.ts'
import { protocolNames } from '#node/network/protocol-names.ts'
import { encodeId, type NetworkId } from '#protocol/id.ts'

export const NETWORK_ID: NetworkId = encodeId('net', new Uint8Array(32).fill(9))

export const seedOf = (node: number): Uint8Array => new Uint8Array(32).fill(node)
export const nameOf = (node: number): PeerName => peerNameOfSeed(seedOf(node))

/** Nobody admitted but those given. */
export const admitting = (lists: Partial<AdmissionList>): AdmissionList => ({
  authorities: [],
  followers: [],
  observers: [],
  invited: [],
  ...lists,
})

/** Everything a network told its loop, in order. */
export type Happening =
  | { readonly what: 'message'; readonly from: PeerName; readonly bytes: Uint8Array }
  | {
      readonly what: 'gossip'
      readonly topic: Topic
      readonly from: PeerName
      readonly bytes: Uint8Array
    }
  | { readonly what: 'up' | 'down'; readonly peer: PeerName }
  | { readonly what: 'report'; readonly report: NodeReport }

export type RecordedNetwork = {
  readonly network: Network
  readonly happenings: readonly Happening[]
  /** The first happening of that kind, past or future; the test's own time limit is its deadline. */
  readonly first: (isIt: (happening: Happening) => boolean) => Promise<Happening>
  readonly address: string
}

const running: (() => Promise<unknown>)[] = []

/** Stops whatever a test opened. */
export const stopAll = async (): Promise<void> => {
  await Promise.all(running.splice(0).map((stop) => stop()))
}

/** A network on a free loopback port that records what it tells; `verdict` answers all gossip. */
export const openNetwork = async (
  node: number,
  options: Partial<NetworkOptions> & { readonly verdict?: Verdict } = {},
): Promise<RecordedNetwork> => {
  const happenings: Happening[] = []
  const waiting = new Set<() => void>()
  const record = (happening: Happening): void => {
    happenings.push(happening)
    for (const look of [...waiting]) look()
  }
  const network = await createNetwork({
    network: NETWORK_ID,
    seed: seedOf(node),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    admission: admitting({}),
    topics: [],
    handlers: {
      onMessage: (from, bytes) => record({ what: 'message', from, bytes }),
      onGossip: (topic, from, bytes, verdict) => {
        record({ what: 'gossip', topic, from, bytes })
        verdict(options.verdict ?? 'accept')
      },
      onPeer: (peer, state) => record({ what: state, peer }),
    },
    report: (report) => record({ what: 'report', report }),
    ...options,
  })
  running.push(() => network.stop())
  const first = (isIt: (happening: Happening) => boolean): Promise<Happening> => {
    const { promise, resolve } = Promise.withResolvers<Happening>()
    const look = (): void => {
      const found = happenings.find(isIt)
      if (found === undefined) return
      waiting.delete(look)
      resolve(found)
    }
    waiting.add(look)
    look()
    return promise
  }
  const address = network.addresses()[0]?.split('/p2p/')[0] ?? ''
  return { network, happenings, first, address }
}

/** Two authorities that know each other, linked. */
export const openPair = async (
  one: Partial<NetworkOptions> & { readonly verdict?: Verdict } = {},
  other: Partial<NetworkOptions> & { readonly verdict?: Verdict } = {},
): Promise<readonly [RecordedNetwork, RecordedNetwork]> => {
  const a = await openNetwork(1, one)
  const b = await openNetwork(2, other)
  const list = authoritiesAt([1, a.address], [2, b.address])
  a.network.admit(list)
  b.network.admit(list)
  await Promise.all([a.first(isUp(2)), b.first(isUp(1))])
  return [a, b]
}

export const authoritiesAt = (...where: readonly (readonly [number, string])[]): AdmissionList =>
  admitting({
    authorities: where.map(([node, address]) => ({
      peer: nameOf(node),
      addresses: address === '' ? [] : [address],
    })),
  })

export const isUp =
  (node: number) =>
  (happening: Happening): boolean =>
    happening.what === 'up' && happening.peer === nameOf(node)

export const isDown =
  (node: number) =>
  (happening: Happening): boolean =>
    happening.what === 'down' && happening.peer === nameOf(node)

/** Up after it went down. */
export const isUpAgain =
  ({ happenings }: RecordedNetwork, node: number) =>
  (happening: Happening): boolean =>
    isUp(node)(happening) && happenings.indexOf(happening) > happenings.findIndex(isDown(node))

/** Says why a link ended. */
export const isLinkDownReport = (happening: Happening): boolean =>
  happening.what === 'report' && happening.report.code === 'link_down'

/** A message or gossip of exactly this text. */
export const says =
  (text: string) =>
  (happening: Happening): boolean =>
    (happening.what === 'message' || happening.what === 'gossip') &&
    Buffer.from(happening.bytes).toString() === text

/** A bare libp2p host under a node's identity: it says whatever a test wants. */
export const openBareHost = async (node: number): Promise<Libp2p> => {
  const host = await createLibp2p(
    hostInit({ key: nodeKeyOf(seedOf(node)), listen: [], announce: [], gater: {} }),
  )
  running.push(async () => host.stop())
  return host
}

/** Opens the two streams of a link by hand. */
export const openLinkStreams = async (
  host: Libp2p,
  { network }: RecordedNetwork,
): Promise<{ readonly link: Stream; readonly bulk: Stream; readonly connection: Connection }> => {
  const names = protocolNames(NETWORK_ID)
  const connection = await host.dial(network.addresses().map((address) => multiaddr(address)))
  const link = await connection.newStream(names.link)
  const bulk = await connection.newStream(names.bulk)
  return { link, bulk, connection }
}
