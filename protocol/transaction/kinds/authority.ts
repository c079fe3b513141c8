import { z } from 'zod'
import { AUTHORITIES_MAX, FEDERATION_MIN } from '../../chain/chain-limits.ts'
import { encodeId, idBytes, Key } from '../../id.ts'
import { SIGNATURE_TEXT_LENGTH } from '../../limits.ts'
import { isSmallOrder } from '../../small-order.ts'
import { ListenAddresses } from './listen-address.ts'
import { PeerId, peerIdKeyBytes } from './peer-id.ts'

/** A key of the curve's whole group: one that every honest signature stands or falls with. */
const AuthorityKey = Key.refine((text) => !isOfSmallOrder(text), {
  error: 'a key of small order',
})

/** One of those who vote in an epoch, and where its node listens. */
export const AuthorityMember = z.strictObject({
  /** Signs consensus bytes only. */
  consensusKey: AuthorityKey,
  /** Signs transactions and consents; admits places. */
  operatorKey: AuthorityKey,
  /** Identity on the network. */
  peerId: PeerId,
  addresses: ListenAddresses,
})
export type AuthorityMember = z.infer<typeof AuthorityMember>

/** Which rules a block follows. */
export const RulesVersion = z.int().min(1).max(65_535)

/**
 * A member's word, signed with its consensus key (kind 17): it runs, is synced to this height, and its
 * software knows the rules up to this version. It holds for one epoch and one set.
 */
export const ReadyStatement = z.strictObject({
  consensusKey: Key,
  height: z.int().min(0),
  version: RulesVersion,
  /** 64 bytes in base64url. */
  signature: z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${SIGNATURE_TEXT_LENGTH}}$`)),
})
export type ReadyStatement = z.infer<typeof ReadyStatement>

/** A solo venue, or enough to tolerate a fault; the three keys of all of them differ. */
export const AuthorityMembers = z
  .array(AuthorityMember)
  .min(1)
  .max(AUTHORITIES_MAX)
  .refine((members) => members.length === 1 || members.length >= FEDERATION_MIN, {
    error: `one authority, or at least ${FEDERATION_MIN}`,
  })
  .refine((members) => new Set(members.flatMap(keysOf)).size === 3 * members.length, {
    error: 'the three keys of all authorities differ',
  })

/**
 * Who votes from the next epoch on, and optionally by which rules. Signed by an operator key, with
 * the consents of a quorum of the operator keys of the present set.
 */
export const AuthorityChange = z
  .strictObject({
    kind: z.literal('authority.change'),
    /** The epoch that begins. */
    epoch: z.int().min(2),
    members: AuthorityMembers,
    /** Rules from then on; absent: the present ones. */
    version: RulesVersion.optional(),
    ready: z.array(ReadyStatement).min(1).max(AUTHORITIES_MAX),
  })
  .refine(({ members, ready }) => isOfMembers(members, ready), {
    error: 'a ready statement is of a member, each once',
    path: ['ready'],
  })
export type AuthorityChange = z.infer<typeof AuthorityChange>

/** A refinement sees what failed before it too: whatever is no key at all has failed there. */
function isOfSmallOrder(text: string): boolean {
  const key = Key.safeParse(text)
  return key.success && isSmallOrder(idBytes(key.data))
}

function keysOf({ consensusKey, operatorKey, peerId }: AuthorityMember): readonly string[] {
  const known = PeerId.safeParse(peerId)
  const identity = known.success ? encodeId('key', peerIdKeyBytes(known.data)) : peerId
  return [consensusKey, operatorKey, identity]
}

function isOfMembers(
  members: readonly AuthorityMember[],
  ready: readonly ReadyStatement[],
): boolean {
  const known = new Set<string>(members.map(({ consensusKey }) => consensusKey))
  return ready.every(({ consensusKey }) => known.delete(consensusKey))
}
