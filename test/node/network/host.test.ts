import { type Identify, identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2pInit } from 'libp2p'
import { afterEach, describe, expect, test } from 'vitest'
import { hostInit, identifyService } from '#node/network/host.ts'
import { nodeKeyOf } from '#node/network/identity.ts'
import { CONNECTIONS_MAX, IDENTIFY_BYTES_MAX, STREAMS_PER_PEER_MAX } from '#node/network/limits.ts'
import { seedOf } from './recorded-network.ts'

const PROTOCOL = '/claim/1'
const MANY = 1_000

const hosts: Libp2p[] = []

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()))
})

/** A host as a node makes it, but for `changes`. */
const openHost = async (node: number, changes: Libp2pInit = {}): Promise<Libp2p> => {
  const host = await createLibp2p({ ...initOf(node), ...changes })
  hosts.push(host)
  return host
}

/** The same with what it hears and says of hosts. */
const openIdentifying = async (
  node: number,
  service: ReturnType<typeof identify>,
): Promise<Libp2p<{ identify: Identify }>> => {
  const host = await createLibp2p({ ...initOf(node), services: { identify: service } })
  hosts.push(host)
  return host
}

const initOf = (node: number): Libp2pInit =>
  hostInit({
    key: nodeKeyOf(seedOf(node)),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    announce: [],
    gater: {},
  })

/** Holds whatever streams come. */
const hold = (host: Libp2p): Promise<void> =>
  host.handle(PROTOCOL, () => undefined, { maxInboundStreams: MANY })

/** How many of so many streams the dialler holds open in the end. */
const openStreams = async (from: Libp2p, to: Libp2p, count: number): Promise<number> => {
  const connection = await from.dial(to.getMultiaddrs())
  const options = { maxOutboundStreams: MANY, negotiateFully: true }
  let opened = 0
  for (let at = 0; at < count; at++) {
    await connection.newStream(PROTOCOL, options).then(
      () => {
        opened += 1
      },
      () => undefined,
    )
  }
  return opened
}

describe('streams of one peer', () => {
  const greedy = { streamMuxers: [yamux({ maxInboundStreams: MANY, maxOutboundStreams: MANY })] }

  test('are so many at once, however many it opens', async () => {
    const [node, peer] = await Promise.all([openHost(1), openHost(2, greedy)])
    await hold(node)
    expect(await openStreams(peer, node, STREAMS_PER_PEER_MAX + 2)).toBe(STREAMS_PER_PEER_MAX)
  })

  test('are as many that we open', async () => {
    const [node, peer] = await Promise.all([openHost(1), openHost(2, greedy)])
    await hold(peer)
    expect(await openStreams(node, peer, STREAMS_PER_PEER_MAX + 2)).toBe(STREAMS_PER_PEER_MAX)
  })
})

describe('what a peer says about itself', () => {
  /** What becomes of a question to a peer of that many protocols with long names. */
  const answerOf = async (protocols: number): Promise<string> => {
    const [node, peer] = await Promise.all([
      openIdentifying(1, identifyService()),
      openIdentifying(2, identify({ maxInboundStreams: MANY })),
    ])
    for (let at = 0; at < protocols; at++) {
      await peer.handle(`/${at}`.padEnd(1_000, 'x'), () => undefined)
    }
    const connection = await node.dial(peer.getMultiaddrs())
    const ask = (): Promise<string> =>
      node.services.identify.identify(connection).then(
        () => 'heard',
        (error: Error) => error.name,
      )
    // The node asks by itself as well, one question at a time.
    let answer = await ask()
    while (answer === 'TooManyOutboundProtocolStreamsError') answer = await ask()
    return answer
  }

  const fitting = Math.floor(IDENTIFY_BYTES_MAX / 1_000) - 1

  test.each([
    ['is heard when it fits', fitting, 'heard'],
    ['is not heard when it is long', fitting + 2, 'InvalidDataLengthError'],
  ])('%s', async (_, protocols, answer) => {
    expect(await answerOf(protocols)).toBe(answer)
  })
})

describe('connections in all', () => {
  const { connectionManager } = initOf(1)

  test('are bounded', () => {
    expect(connectionManager?.maxConnections).toBe(CONNECTIONS_MAX)
  })

  test('that are as many as the bound leave no room for another', async () => {
    const few = { connectionManager: { ...connectionManager, maxConnections: 2 } }
    const node = await openHost(1, few)
    for (const peer of [2, 3]) {
      const taken = new Promise((resolve) => {
        node.addEventListener('connection:open', resolve, { once: true })
      })
      const host = await openHost(peer)
      await Promise.all([host.dial(node.getMultiaddrs()), taken])
    }
    const another = await openHost(4)
    await expect(another.dial(node.getMultiaddrs())).rejects.toThrow()
    expect(node.getConnections()).toHaveLength(2)
  })
})
