import { hexToBytes } from '@noble/hashes/utils.js'
import { utf8 } from '../bytes.ts'
import { type Hash, hashOf } from '../hash.ts'
import { idBytes, type Key } from '../id.ts'
import { ByteWriter } from './byte-writer.ts'
import { AUTHORITIES_MAX, FEDERATION_MIN, PEER_ID_BYTES_MAX } from './chain-limits.ts'

/** One authority. Its consensus key signs votes, its operator key signs transactions. */
export type Authority = {
  readonly consensusKey: Key
  readonly operatorKey: Key
  /** libp2p peer id in text. */
  readonly peerId: string
}

/** The authorities of an epoch, ascending by the bytes of their consensus keys. */
export type AuthoritySet = {
  readonly members: readonly Authority[]
  /** Raw consensus keys, 32 bytes each, in the order of `members`. */
  readonly keys: readonly Uint8Array[]
  readonly hash: Hash
  /** `hash` as 32 bytes. */
  readonly hashBytes: Uint8Array
}

/** Why members are not a set, in the order of the checks. */
export type AuthoritySetCode = 'size_unsupported' | 'peer_id_invalid' | 'duplicate_member'

/** Votes that make a certificate: n − ⌊(n−1)/3⌋. */
export const quorumOf = (size: number): number => size - faultsOf(size)

/** Byzantine members that a set of `size` tolerates: ⌊(n−1)/3⌋. */
export const faultsOf = (size: number): number => Math.floor((size - 1) / 3)

/** The set of `members` in any order: 1, or 4 … 30 of them, no key or peer id twice. */
export const createAuthoritySet = (
  members: readonly Authority[],
):
  | { readonly ok: true; readonly set: AuthoritySet }
  | { readonly ok: false; readonly code: AuthoritySetCode } => {
  const code = refusalOf(members)
  if (code !== undefined) return { ok: false, code }
  const sorted = members
    .map((member) => ({ member, key: idBytes(member.consensusKey) }))
    .sort((a, b) => compareBytes(a.key, b.key))
  const ordered = sorted.map(({ member }) => member)
  const hash = authoritySetHash(ordered)
  return {
    ok: true,
    set: {
      members: ordered,
      keys: sorted.map(({ key }) => key),
      hash,
      hashBytes: hexToBytes(hash),
    },
  }
}

/** The set of members that are known to be one; anything else is our mistake. */
export const authoritySetOf = (members: readonly Authority[]): AuthoritySet => {
  const made = createAuthoritySet(members)
  if (!made.ok) throw new Error(`no authority set: ${made.code}`)
  return made.set
}

/**
 * SHA-256 of `"kermesse/authorities" 0x00`, the count (u32) and, for each member in order,
 * consensus key (32), operator key (32), length of the peer id (u32), peer id (UTF-8).
 */
export const authoritySetHash = (members: readonly Authority[]): Hash => {
  const writer = new ByteWriter().bytes(utf8('kermesse/authorities\0')).u32(members.length)
  for (const member of members) {
    const peerId = utf8(member.peerId)
    writer.bytes(idBytes(member.consensusKey)).bytes(idBytes(member.operatorKey))
    writer.u32(peerId.length).bytes(peerId)
  }
  return hashOf(writer.finish())
}

const refusalOf = (members: readonly Authority[]): AuthoritySetCode | undefined => {
  const size = members.length
  if (size !== 1 && (size < FEDERATION_MIN || size > AUTHORITIES_MAX)) return 'size_unsupported'
  if (!members.every(({ peerId }) => isPeerId(peerId))) return 'peer_id_invalid'
  const distinct = new Set(
    members.flatMap(({ consensusKey, operatorKey, peerId }) => [consensusKey, operatorKey, peerId]),
  )
  return distinct.size === 3 * size ? undefined : 'duplicate_member'
}

const isPeerId = (peerId: string): boolean =>
  peerId.length > 0 && peerId.length <= PEER_ID_BYTES_MAX && /^[0-9A-Za-z]+$/.test(peerId)

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  for (let index = 0; index < a.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
