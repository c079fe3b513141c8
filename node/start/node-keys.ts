import type { NodeConfig } from '#config/node-config.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import { encodeId } from '#protocol/id.ts'
import type { SignMessage } from '#protocol/signature.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import { keyPairOf, publicKeyOf } from '#signature'
import type { KeyStore } from '../keys/key-store.ts'
import { StartError } from './start-error.ts'

/** What a node is by its keys. */
export type NodeKeys = {
  /** libp2p identity. */
  readonly networkSeed: Uint8Array
  readonly peerId: string
  /** Only of an authority: its place in the set, and its voice. */
  readonly seat?: { readonly me: number; readonly sign: SignMessage }
}

/** Reads the keys that the role needs; an authority must be the one that genesis names. */
export const nodeKeysOf = (
  role: NodeConfig['role'],
  keyStore: KeyStore,
  set: AuthoritySet,
): NodeKeys => {
  const networkSeed = secretOf(keyStore, 'network')
  const peerId = peerIdOfKeyBytes(publicKeyOf(networkSeed))
  if (role !== 'authority') return { networkSeed, peerId }
  const seed = secretOf(keyStore, 'consensus')
  const consensusKey = encodeId('key', publicKeyOf(seed))
  const me = set.members.findIndex((member) => member.consensusKey === consensusKey)
  if (me === -1) {
    throw new StartError(
      'not_an_authority',
      `genesis names no authority with the consensus key ${consensusKey}; ` +
        'set "role: venue", or use the genesis that was made with this node',
    )
  }
  if (set.members[me]?.peerId !== peerId) {
    throw new StartError(
      'not_an_authority',
      `genesis expects this authority under another network identity than ${peerId}; ` +
        'restore the key "network" that was there when genesis was made',
    )
  }
  return { networkSeed, peerId, seat: { me, sign: keyPairOf(seed).sign } }
}

const secretOf = (keyStore: KeyStore, name: string): Uint8Array => {
  const secret = keyStore.get(name)
  if (secret !== undefined) return secret
  throw new StartError('key_missing', `the key store has no key "${name}"; run: kermesse init`)
}
