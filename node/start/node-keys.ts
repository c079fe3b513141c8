import type { NodeConfig } from '#config/node-config.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import { encodeId } from '#protocol/id.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import { keyPairOf, publicKeyOf } from '#signature'
import type { KeyStore } from '../keys/key-store.ts'
import type { Voice } from './seat.ts'
import { StartError } from './start-error.ts'

/** What a node is by its keys. */
export type NodeKeys = {
  /** libp2p identity. */
  readonly networkSeed: Uint8Array
  readonly peerId: string
  /** Only of an authority, or of one that is to become one: it votes in the epochs that name its key. */
  readonly voice: Voice | undefined
}

/** Reads the keys that the role needs. */
export const nodeKeysOf = (role: NodeConfig['role'], keyStore: KeyStore): NodeKeys => {
  const networkSeed = secretOf(keyStore, 'network')
  const peerId = peerIdOfKeyBytes(publicKeyOf(networkSeed))
  if (role !== 'authority') return { networkSeed, peerId, voice: undefined }
  const seed = secretOf(keyStore, 'consensus')
  const consensusKey = encodeId('key', publicKeyOf(seed))
  return { networkSeed, peerId, voice: { consensusKey, sign: keyPairOf(seed).sign } }
}

/** An authority votes under the network identity that its set names, or not at all. */
export const requireIdentity = ({ peerId, voice }: NodeKeys, set: AuthoritySet): void => {
  const own = set.members.find(({ consensusKey }) => consensusKey === voice?.consensusKey)
  if (own === undefined || own.peerId === peerId) return
  throw new StartError(
    'not_an_authority',
    `the authorities expect this one under the network identity ${own.peerId}, not ${peerId}; ` +
      'restore the key "network" that was there when it was admitted',
  )
}

const secretOf = (keyStore: KeyStore, name: string): Uint8Array => {
  const secret = keyStore.get(name)
  if (secret !== undefined) return secret
  throw new StartError('key_missing', `the key store has no key "${name}"; run: kermesse init`)
}
