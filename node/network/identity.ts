import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8 } from '#protocol/bytes.ts'
import type { NetworkId } from '#protocol/id.ts'
import { publicKeyOf } from '#signature'
import type { PeerName } from './network-port.ts'

const INVITATION_LABEL = 'kermesse/invitation-identity/1'
const SEED_BYTES = 32

/** The libp2p private key of an ed25519 seed of 32 bytes. */
export const nodeKeyOf = (seed: Uint8Array): PrivateKey =>
  privateKeyFromRaw(Uint8Array.of(...seed, ...publicKeyOf(seed)))

/** The name under which the holder of this seed is known. */
export const peerNameOfSeed = (seed: Uint8Array): PeerName =>
  peerIdFromPrivateKey(nodeKeyOf(seed)).toString()

/** The name of an ed25519 public key of 32 bytes. */
export const peerNameOf = (publicKey: Uint8Array): PeerName =>
  peerIdFromPublicKey(publicKeyFromRaw(publicKey)).toString()

/**
 * The one-time seed under which the holder of an invitation connects, bound to the network:
 * HKDF-SHA256 (RFC 5869) of the secret, salted with the network id.
 */
export const invitationSeed = (network: NetworkId, secret: Uint8Array): Uint8Array =>
  hkdf(sha256, secret, utf8(network), utf8(INVITATION_LABEL), SEED_BYTES)

/** The peer that the inviting authority admits until the invitation is spent. */
export const invitedPeerOf = (network: NetworkId, secret: Uint8Array): PeerName =>
  peerNameOfSeed(invitationSeed(network, secret))

/** Whether `text` is a peer id. */
export const isPeerName = (text: string): boolean => {
  try {
    return peerIdFromString(text).toString() === text
  } catch {
    return false
  }
}
