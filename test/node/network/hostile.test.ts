import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { gossipsub, StrictNoSign } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { afterEach, describe, expect, test } from 'vitest'
import { hostInit } from '#node/network/host.ts'
import { nodeKeyOf } from '#node/network/identity.ts'
import {
  CONNECTIONS_PER_PEER_MAX,
  FAULTS_MAX,
  GOSSIP_MESSAGE_BYTES_MAX,
} from '#node/network/limits.ts'
import { protocolNames } from '#node/network/protocol-names.ts'
import {
  admitting,
  isDown,
  isLinkDownReport,
  isUp,
  NETWORK_ID,
  nameOf,
  openBareHost,
  openLinkStreams,
  openNetwork,
  openPair,
  type RecordedNetwork,
  says,
  seedOf,
  stopAll,
} from './recorded-network.ts'

const STRANGER = 66
const FOLLOWER = 7
const text = (words: string): Uint8Array => Buffer.from(words)

afterEach(stopAll)

/** The pair still hears each other. */
const expectWorking = async (a: RecordedNetwork, b: RecordedNetwork): Promise<void> => {
  a.network.send(nameOf(2), 'vote', text('still here'))
  await b.first(says('still here'))
}

/** A pair of authorities, the first of which admits a follower that is about to misbehave. */
const openPairWithFollower = async () => {
  const [a, b] = await openPair()
  a.network.admit({
    ...admitting({ followers: [nameOf(FOLLOWER)] }),
    authorities: [a, b].map(({ address, network }) => ({
      peer: network.self,
      addresses: [address],
    })),
  })
  return [a, b] as const
}

/** When a connection or stream is closed, which it may be already. */
const closed = (target: EventTarget & { readonly status: string }): Promise<unknown> =>
  new Promise((resolve) => {
    target.addEventListener('close', resolve, { once: true })
    if (target.status !== 'open') resolve(undefined)
  })

describe('a stranger', () => {
  test('is refused before any protocol runs', async () => {
    const [a, b] = await openPair()
    const stranger = await openBareHost(STRANGER)
    let offered = 0
    await stranger.handle('/ipfs/id/1.0.0', () => {
      offered += 1
    })
    const connection = await stranger.dial(a.network.addresses().map((each) => multiaddr(each)))
    await expect(connection.newStream('/ipfs/id/1.0.0')).rejects.toThrow()
    await closed(connection)
    expect(offered).toBe(0)
    expect(a.happenings).toHaveLength(b.happenings.length)
    expect(a.network.counters().refused_strangers).toBe(1)
    await expectWorking(a, b)
  })

  test('is refused when it is a node of Kermesse that was never registered', async () => {
    const [a] = await openPair()
    const stranger = await openNetwork(STRANGER, {
      admission: {
        ...admitting({}),
        authorities: [{ peer: nameOf(1), addresses: [a.address] }],
      },
    })
    await stranger.first(
      (happening) => happening.what === 'report' && happening.report.code === 'dial_failed',
    )
    expect(stranger.network.peers()).toEqual([])
    expect(a.network.counters().links_up).toBe(1)
  })

  test('is not dialled either', async () => {
    const a = await openNetwork(1)
    expect(a.network.peers()).toEqual([])
    const other = await openNetwork(2, {
      admission: {
        ...admitting({}),
        authorities: [{ peer: nameOf(STRANGER), addresses: [a.address] }],
      },
    })
    await other.first(
      (happening) => happening.what === 'report' && happening.report.code === 'dial_failed',
    )
    expect(a.network.counters().links_up).toBe(0)
  })

  test('that writes random bytes to the port does no harm', async () => {
    const [a, b] = await openPair()
    const [, , host, , port] = a.address.split('/')
    for (const size of [1, 20, 300, 5_000, 200_000]) {
      const socket = connect(Number(port), host)
      const gone = new Promise((resolve) => socket.once('close', resolve))
      socket.on('error', () => undefined)
      socket.write(randomBytes(size))
      socket.end()
      await gone
    }
    await expectWorking(a, b)
  })
})

describe('an admitted peer', () => {
  const streamFaults: readonly (readonly [string, Uint8Array, string])[] = [
    ['an oversized frame', Uint8Array.of(255, 255, 255, 255), 'oversized_frame'],
    ['a broken frame', Uint8Array.of(0, 0, 0, 2, 9, 9), 'broken_frame'],
  ]
  test.each(streamFaults)('that sends %s is refused for a while', async (_, bytes, why) => {
    const [a, b] = await openPairWithFollower()
    const host = await openBareHost(FOLLOWER)
    const { link, connection } = await openLinkStreams(host, a)
    const gone = closed(connection)
    await a.first(isUp(FOLLOWER))
    link.send(bytes)
    await Promise.all([a.first(isDown(FOLLOWER)), gone])
    expect(await a.first(isLinkDownReport)).toMatchObject({ report: { facts: { why } } })
    await expect(openLinkStreams(host, a)).rejects.toThrow()
    expect(a.network.counters().refused_banned).toBe(1)
    await expectWorking(a, b)
  })

  test.each(['link', 'bulk'] as const)(
    'that sends random bytes on its %s stream does no harm',
    async (kind) => {
      const [a, b] = await openPairWithFollower()
      const streams = await openLinkStreams(await openBareHost(FOLLOWER), a)
      const gone = closed(streams.connection)
      await a.first(isUp(FOLLOWER))
      streams[kind].send(Buffer.concat([Buffer.of(200), randomBytes(10_000)]))
      await gone
      await a.first(isDown(FOLLOWER))
      await expectWorking(a, b)
    },
  )

  test('that opens half a link, or two, gets none', async () => {
    const [a, b] = await openPairWithFollower()
    const host = await openBareHost(FOLLOWER)
    const connection = await host.dial(a.network.addresses().map((each) => multiaddr(each)))
    const names = protocolNames(NETWORK_ID)
    await connection.newStream(names.link)
    const second = await connection.newStream(names.link)
    await closed(second)
    expect(a.happenings.some(isUp(FOLLOWER))).toBe(false)
    await expectWorking(a, b)
  })

  test('that floods is cut off', async () => {
    const [a, b] = await openPairWithFollower()
    const { link, connection } = await openLinkStreams(await openBareHost(FOLLOWER), a)
    const gone = closed(connection)
    await a.first(isUp(FOLLOWER))
    const messages = Buffer.alloc(4_096 * 5, Buffer.of(0, 0, 0, 1, 7))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(messages.length)
    const frame = Buffer.concat([length, messages])
    for (let sent = 0; sent < 40; sent++) link.send(frame)
    await gone
    expect(await a.first(isLinkDownReport)).toMatchObject({
      report: { facts: { why: 'budget_overrun' } },
    })
    await expectWorking(a, b)
  })

  test('whose messages are rejected three times is refused, and not one that is ignored', async () => {
    const [a, b] = await openPair()
    for (let times = 0; times < 2 * FAULTS_MAX; times++) {
      a.network.score(nameOf(2), 'invalid_signature', 'ignore')
    }
    for (let times = 1; times < FAULTS_MAX; times++) {
      a.network.score(nameOf(2), 'invalid_signature', 'reject')
    }
    await expectWorking(a, b)
    a.network.score(nameOf(2), 'invalid_signature', 'reject')
    expect(a.happenings.some(isDown(2))).toBe(false)
    await Promise.all([a.first(isDown(2)), b.first(isDown(1))])
    expect(a.network.counters().bans).toBe(1)
  })
})

/** A plain libp2p host with gossip of its own. */
const openGossiper = (node: number) =>
  createLibp2p({
    ...hostInit({ key: nodeKeyOf(seedOf(node)), listen: [], announce: [], gater: {} }),
    services: {
      identify: identify(),
      pubsub: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        allowPublishToZeroTopicPeers: true,
      }),
    },
  })

describe('a peer that opens ever more connections', () => {
  test.each(['followers', 'invited'] as const)('crowds out itself alone: %s', async (list) => {
    const a = await openNetwork(1, { admission: admitting({ [list]: [nameOf(FOLLOWER)] }) })
    const host = await openBareHost(FOLLOWER)
    const where = a.network.addresses().map((each) => multiaddr(each))
    const connections: Connection[] = []
    for (let at = 0; at < CONNECTIONS_PER_PEER_MAX + 3; at++) {
      connections.push(await host.dial(where, { force: true }))
    }
    await Promise.all(connections.slice(0, 3).map(closed))
    expect(connections.slice(3).map(({ status }) => status)).not.toContain('closed')
  })
})

describe('an invited peer', () => {
  test('hears nothing of the ledger before it is admitted, and tells nothing', async () => {
    const INVITED = 8
    const a = await openNetwork(1, { topics: ['transactions'] })
    a.network.admit(admitting({ invited: [nameOf(INVITED)], followers: [nameOf(FOLLOWER)] }))
    const topic = protocolNames(NETWORK_ID).topic('blocks')
    const [invited, member] = [await openGossiper(INVITED), await openGossiper(FOLLOWER)]
    const heard: string[] = []
    const { promise: memberHeard, resolve } = Promise.withResolvers<void>()
    for (const [name, host] of [
      ['invited', invited],
      ['member', member],
    ] as const) {
      host.services.pubsub.subscribe(topic)
      host.services.pubsub.addEventListener('message', () => {
        heard.push(name)
        if (name === 'member') resolve()
      })
    }
    const where = a.network.addresses().map((each) => multiaddr(each))
    const connection = await invited.dial(where)
    await closed(connection)
    await member.dial(where)
    let attempt = 0
    const again = setInterval(() => {
      attempt += 1
      a.network.publish('blocks', text(`block ${attempt}`))
    }, 20)
    await memberHeard
    clearInterval(again)
    expect(heard).not.toContain('invited')
    expect(a.network.counters().refused_streams).toBeGreaterThan(0)
    await Promise.all([invited.stop(), member.stop()])
  })

  test('may not open a link', async () => {
    const a = await openNetwork(1, { admission: admitting({ invited: [nameOf(FOLLOWER)] }) })
    const host = await openBareHost(FOLLOWER)
    const { connection } = await openLinkStreams(host, a).catch(() => ({ connection: undefined }))
    if (connection !== undefined && connection.status === 'open') await closed(connection)
    expect(a.happenings.some(isUp(FOLLOWER))).toBe(false)
    expect(a.network.counters().refused_streams).toBe(1)
  })
})

describe('malformed gossip', () => {
  test('random bytes on the gossip stream do no harm', async () => {
    const [a, b] = await openPairWithFollower()
    const host = await openBareHost(FOLLOWER)
    const connection = await host.dial(a.network.addresses().map((each) => multiaddr(each)))
    for (const size of [1, 100, 10_000]) {
      const stream = await connection.newStream('/meshsub/1.1.0')
      stream.send(randomBytes(size))
      await stream.close()
    }
    await expectWorking(a, b)
    expect(a.happenings.filter(({ what }) => what === 'gossip')).toEqual([])
  })

  test('an oversized message, or one of no topic of ours, never reaches the loop', async () => {
    const [a, b] = await openPairWithFollower()
    const own = await openNetwork(3, { topics: ['transactions'] })
    own.network.admit(admitting({ followers: [nameOf(FOLLOWER)] }))
    const host = await openGossiper(FOLLOWER)
    const topic = protocolNames(NETWORK_ID).topic('transactions')
    host.services.pubsub.subscribe(topic)
    const heard = new Promise((resolve) =>
      host.services.pubsub.addEventListener('subscription-change', resolve, { once: true }),
    )
    await host.dial(own.network.addresses().map((each) => multiaddr(each)))
    await heard
    await host.services.pubsub.publish('/elsewhere', text('not ours'))
    await host.services.pubsub.publish(topic, new Uint8Array(GOSSIP_MESSAGE_BYTES_MAX + 1))
    await host.services.pubsub.publish(topic, text('a sale'))
    await own.first(says('a sale'))
    expect(own.happenings.filter(({ what }) => what === 'gossip')).toHaveLength(1)
    expect(own.network.counters().gossip_rejected).toBe(1)
    await host.stop()
    await expectWorking(a, b)
  })
})
