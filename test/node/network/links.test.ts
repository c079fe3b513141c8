import type { Connection, Libp2p, Stream, StreamHandler } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { afterEach, expect, test } from 'vitest'
import { Admission, type AdmissionList } from '#node/network/admission.ts'
import { createCounters } from '#node/network/counters.ts'
import { peerNameOfSeed } from '#node/network/identity.ts'
import { LINK_TIMING, LINKS_MAX } from '#node/network/limits.ts'
import { Links } from '#node/network/links.ts'
import type { PeerName } from '#node/network/network-port.ts'
import { protocolNames } from '#node/network/protocol-names.ts'
import { Scores } from '#node/network/score.ts'
import {
  admitting,
  authoritiesAt,
  NETWORK_ID,
  nameOf,
  openBareHost,
  openLinkStreams,
  openNetwork,
  stopAll,
} from './recorded-network.ts'

const AUTHORITY = nameOf(1)
const FOLLOWERS = Array.from({ length: LINKS_MAX + 1 }, (_, at) => {
  const seed = new Uint8Array(32)
  new DataView(seed.buffer).setUint16(0, at)
  return peerNameOfSeed(seed)
})

afterEach(stopAll)

const nothing = (): undefined => undefined

/** A connection and a stream of it that are open, and from then on say nothing and do nothing. */
const openQuietly = async () => {
  const authority = await openNetwork(1, { admission: admitting({ followers: [nameOf(7)] }) })
  const { connection, link } = await openLinkStreams(await openBareHost(7), authority)
  const quiet = { addEventListener: nothing, removeEventListener: nothing, abort: nothing }
  const silent: { readonly connection: Connection; readonly stream: Stream } = {
    connection: { ...connection, ...quiet },
    stream: { ...link, ...quiet },
  }
  return silent
}

/** Links of one node to which a peer comes with both its streams, without a line beneath them. */
const openLinks = async (list: AdmissionList) => {
  const silent = await openQuietly()
  const bare = await openBareHost(2)
  const handlers = new Map<string, StreamHandler>()
  const host: Libp2p = {
    ...bare,
    peerId: bare.peerId,
    handle: async (protocol, handler) => void handlers.set(String(protocol), handler),
  }
  const nowMs = (): number => 0
  const counters = createCounters()
  const scores = new Scores({ faultsMax: 1, forgivenMs: 1, banMs: 1, peersMax: 1 })
  const names = protocolNames(NETWORK_ID)
  const links = new Links({
    host,
    names,
    admission: new Admission(list, { scores, counters, nowMs }),
    counters,
    handlers: { onMessage: nothing, onPeer: nothing },
    nowMs,
    random: () => 0,
    report: nothing,
    timing: LINK_TIMING,
    hasGossip: () => true,
    onFault: nothing,
  })
  await links.start()
  const cut: PeerName[] = []
  const come = (peer: PeerName): void => {
    const connection: Connection = {
      ...silent.connection,
      id: peer,
      remotePeer: peerIdFromString(peer),
      abort: () => void cut.push(peer),
    }
    void handlers.get(names.link)?.(silent.stream, connection)
    void handlers.get(names.bulk)?.(silent.stream, connection)
  }
  return { links, come, cut }
}

test('a node holds so many links and no more, apart from those with authorities', async () => {
  const list = { ...authoritiesAt([1, '']), followers: FOLLOWERS }
  const { links, come, cut } = await openLinks(list)
  for (const peer of FOLLOWERS) come(peer)
  const [tooMany] = FOLLOWERS.slice(-1)
  expect(cut.filter((peer) => peer !== tooMany)).toEqual([])
  expect(cut).toContain(tooMany)
  come(AUTHORITY)
  expect(links.peers()).toHaveLength(LINKS_MAX + 1)
  expect(links.peers().at(-1)?.peer).toBe(AUTHORITY)
  links.stop()
})
