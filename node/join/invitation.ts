import { bech32m } from '@scure/base'
import { ByteReader } from '#protocol/chain/byte-reader.ts'
import { ByteWriter } from '#protocol/chain/byte-writer.ts'
import { encodeId, idBytes, type NetworkId } from '#protocol/id.ts'
import {
  type PeerId,
  peerIdKeyBytes,
  peerIdOfKeyBytes,
} from '#protocol/transaction/kinds/peer-id.ts'
import {
  INVITATION_ADDRESS_LENGTH_MAX,
  INVITATION_ADDRESSES_MAX,
  INVITATION_SECRET_BYTES,
} from './limits.ts'

const PREFIX = 'kermesse'
const VERSION = 1
const ID_BYTES = 32
/** Longest text: all addresses at their longest, in characters of 5 bits, with prefix and checksum. */
const TEXT_LENGTH_MAX = 1_200

/**
 * What one place needs to join: whom to ask, and the single-use secret that proves it was asked in.
 * The tag key is not in it: the authority tells it with its welcome, so that a spent invitation
 * found in a mailbox tells nothing.
 */
export type InvitationContent = {
  readonly networkId: NetworkId
  /** The inviting authority's node. */
  readonly peerId: PeerId
  readonly secret: Uint8Array
  readonly expiresAtMs: number
  /** Multiaddrs of that node without its peer id, such as `/ip4/192.0.2.1/tcp/4001`. */
  readonly addresses: readonly string[]
}

/**
 * The text of an invitation: bech32m (BIP 350, without its length limit) of version, network id,
 * node key, secret, expiry in seconds and addresses. A typing error is caught, and in upper case it
 * makes a small QR.
 */
export const encodeInvitation = (content: InvitationContent): string => {
  const writer = new ByteWriter()
    .u8(VERSION)
    .bytes(idBytes(content.networkId))
    .bytes(peerIdKeyBytes(content.peerId))
    .bytes(content.secret)
    .u64(Math.floor(content.expiresAtMs / 1000))
    .u8(content.addresses.length)
  for (const address of content.addresses) writer.u8(address.length).ascii(address)
  return bech32m.encode(PREFIX, bech32m.toWords(writer.finish()), false)
}

/** The invitation in a text as people paste it, or undefined when it is not whole or not one. */
export const decodeInvitation = (text: string): InvitationContent | undefined => {
  const bytes = bytesOf(text.trim().toLowerCase())
  if (bytes === undefined) return undefined
  const reader = new ByteReader(bytes)
  if (reader.u8() !== VERSION) return undefined
  const networkBytes = reader.bytes(ID_BYTES)
  const peerBytes = reader.bytes(ID_BYTES)
  const secret = reader.bytes(INVITATION_SECRET_BYTES)
  const expiresAtMs = reader.u64() * 1000
  const addresses = readAddresses(reader)
  if (reader.finish() !== undefined || addresses.length === 0) return undefined
  return {
    networkId: encodeId('net', networkBytes),
    peerId: peerIdOfKeyBytes(peerBytes),
    secret,
    expiresAtMs,
    addresses,
  }
}

const bytesOf = (text: string): Uint8Array | undefined => {
  if (text.length > TEXT_LENGTH_MAX || !text.startsWith(`${PREFIX}1`)) return undefined
  const decoded = bech32m.decodeUnsafe(text, false)
  const bytes = decoded && bech32m.fromWordsUnsafe(decoded.words)
  return bytes instanceof Uint8Array ? bytes : undefined
}

const readAddresses = (reader: ByteReader): readonly string[] => {
  const count = reader.u8()
  if (count > INVITATION_ADDRESSES_MAX) reader.fail('out_of_range')
  const addresses: string[] = []
  for (let index = 0; index < count && !reader.failed; index += 1) {
    const length = reader.u8()
    if (length > INVITATION_ADDRESS_LENGTH_MAX) reader.fail('out_of_range')
    addresses.push(reader.ascii(length))
  }
  return addresses
}
