import { base58 } from '@scure/base'
import { z } from 'zod'

/**
 * A libp2p peer id in base58btc, as ed25519 node keys give it: the identity multihash of a
 * protobuf-encoded public key, so the 32 key bytes stand behind six constant ones.
 */
export const PeerId = z
  .string()
  // Past this, decoding base58 cannot fail.
  .regex(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/, { abort: true })
  .refine((text) => keyInside(text) !== undefined, { error: 'not the peer id of an ed25519 key' })
export type PeerId = z.infer<typeof PeerId>

/** The 32 bytes of the ed25519 key in a peer id. */
export const peerIdKeyBytes = (peerId: PeerId): Uint8Array => {
  const bytes = keyInside(peerId)
  if (bytes === undefined) throw new Error(`not a peer id: ${peerId}`)
  return bytes
}

/** The peer id of the 32 bytes of an ed25519 key. */
export const peerIdOfKeyBytes = (key: Uint8Array): PeerId =>
  base58.encode(Uint8Array.of(...PREFIX, ...key))

/** Identity multihash (0x00) of 36 bytes: key type ed25519 (08 01), 32 bytes of data (12 20). */
const PREFIX = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20]

function keyInside(text: string): Uint8Array | undefined {
  const bytes = base58.decode(text)
  const prefixed = PREFIX.every((byte, index) => bytes[index] === byte)
  return prefixed && bytes.length === PREFIX.length + 32 ? bytes.subarray(PREFIX.length) : undefined
}
