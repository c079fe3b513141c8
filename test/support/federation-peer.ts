import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gossipsub, StrictNoSign } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { loadGenesis } from '#config/genesis-file.ts'
import { KeyStore } from '#node/keys/key-store.ts'
import { hostInit } from '#node/network/host.ts'
import { nodeKeyOf } from '#node/network/identity.ts'
import { type ProtocolNames, protocolNames } from '#node/network/protocol-names.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'

/** The libp2p seed in the folder of a throw-away node, whose passphrase lies beside it. */
export const networkSeedIn = async (directory: string): Promise<Uint8Array> => {
  const passphrase = await readFile(join(directory, 'development-passphrase'), 'utf8')
  const keys = await KeyStore.open(join(directory, 'keys.json'), passphrase.trimEnd())
  const seed = keys.get('network')
  if (seed === undefined) throw new Error(`no network key in ${directory}`)
  return seed
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

export const addressesOf = (listen: readonly string[]) =>
  listen.map((address) => multiaddr(address))
