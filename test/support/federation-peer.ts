import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gossipsub, StrictNoSign } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { z } from 'zod'
import { loadGenesis } from '#config/genesis-file.ts'
import { KeyStore } from '#node/keys/key-store.ts'
import { hostInit } from '#node/network/host.ts'
import { nodeKeyOf } from '#node/network/identity.ts'
import { type ProtocolNames, protocolNames } from '#node/network/protocol-names.ts'
import { command, commandWhenReady } from '#scripts/federation/command.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'

const Status = z.object({
  height: z.number(),
  listen: z.array(z.string()),
  links: z.array(z.object({ peer: z.string() })),
  turnedAway: z.object({
    strangers: z.number(),
    banned: z.number(),
    streams: z.number(),
    gossip: z.number(),
    faults: z.number(),
    bans: z.number(),
  }),
})
export type NodeStatus = z.infer<typeof Status>

/** What a node says of itself to whoever owns its files. */
export const statusOf = async ({ directory }: LocalFederation, name: string): Promise<NodeStatus> =>
  Status.parse(await command('status', '--directory', join(directory, name)))

/** The libp2p seed in the folder of a throw-away node, whose passphrase lies beside it. */
export const networkSeedIn = async (directory: string): Promise<Uint8Array> => {
  const passphrase = await readFile(join(directory, 'development-passphrase'), 'utf8')
  const keys = await KeyStore.open(join(directory, 'keys.json'), passphrase.trimEnd())
  const seed = keys.get('network')
  if (seed === undefined) throw new Error(`no network key in ${directory}`)
  return seed
}

export const strangerSeed = (): Uint8Array => new Uint8Array(randomBytes(32))

/**
 * A venue that joins as any other, and whose identity a test then has: every node admits it. No node
 * of it runs. Gives its libp2p seed.
 */
export const joinVenue = async (
  { directory, authorities }: LocalFederation,
  name: string,
): Promise<Uint8Array> => {
  const folder = join(directory, name)
  const [inviting] = authorities()
  await command('init', '--role', 'venue', '--directory', folder, '--port', '0', '--development')
  const invited = await commandWhenReady(
    ...['place', 'invite', '--directory', inviting?.directory ?? '', '--hours', '1'],
  )
  await commandWhenReady(
    ...['place', 'join', String(invited['invitation']), '--directory', folder, '--name', name],
  )
  return await networkSeedIn(folder)
}

export const namesOf = ({ genesisFile }: LocalFederation): ProtocolNames => {
  const loaded = loadGenesis(genesisFile)
  if (!loaded.ok) throw new Error('the genesis of the federation does not load')
  return protocolNames(loaded.networkId)
}

/** A libp2p host of that identity which speaks the transport and gossip, and says what it is told. */
export const openPeer = (seed: Uint8Array) =>
  createLibp2p({
    ...hostInit({ key: nodeKeyOf(seed), listen: [], announce: [], gater: {} }),
    services: {
      identify: identify(),
      pubsub: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        allowPublishToZeroTopicPeers: true,
      }),
    },
  })
export type Peer = Awaited<ReturnType<typeof openPeer>>

/** A libp2p host of that identity that speaks the transport alone: no other protocol opens a stream. */
export const openBarePeer = (seed: Uint8Array) =>
  createLibp2p(hostInit({ key: nodeKeyOf(seed), listen: [], announce: [], gater: {} }))

export const addressesOf = (listen: readonly string[]) =>
  listen.map((address) => multiaddr(address))
