import type { Effect } from '#consensus/effect.ts'
import type { Replica } from '#consensus/replica.ts'
import { FLAG_EMPTY, type Header, headerDigest } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { Hash } from '#protocol/hash.ts'
import { type Held, headerOver, type Machine, rootOf } from './harness-parts.ts'

/** One authority: its replica, its disk, and a driver that obeys every effect at once. */
export type Node = Machine & {
  readonly index: number
  /** The block executed last. */
  tip: Hash
  replica: Replica
  readonly reports: Extract<Effect, { type: 'report' }>['report'][]
  readonly sent: { readonly atMs: number; readonly message: ConsensusMessage }[]
  /** What followers were told. */
  readonly published: ConsensusMessage[]
  readonly finalAt: { readonly height: number; readonly digest: Hash; readonly atMs: number }[]
}

/** The parent of a held block. */
export const parentIn = (node: Pick<Node, 'held'>, digest: Hash): Hash =>
  node.held.get(digest)?.header.parentDigest ?? digest

/** The block of these transactions that a build asks for. */
export const blockOf = (
  effect: Extract<Effect, { type: 'build' }>,
  hashes: readonly Hash[],
): Held => {
  const header = { ...headerOver(effect, hashes), flags: hashes.length === 0 ? FLAG_EMPTY : 0 }
  return { header, digest: headerDigest(header), hashes }
}

/** Whether the body that the node holds gives the roots of the header. */
export const isGood = (
  node: Pick<Node, 'held' | 'executed'>,
  header: Header,
  digest: Hash,
): boolean => {
  const held = node.held.get(digest)
  if (held === undefined || !node.executed.has(header.parentDigest)) throw new Error('not ready')
  return (
    header.flags === (held.hashes.length === 0 ? FLAG_EMPTY : 0) &&
    header.transactionRoot === rootOf(held.hashes) &&
    header.stateRoot === rootOf([header.parentDigest, ...held.hashes])
  )
}

/** What is said of a bad body: of a final block only a whole one shows that our state is another. */
export const badReason = ({
  final,
  body,
}: Extract<Effect, { type: 'verify' }>): 'diverged' | 'invalid' =>
  final && body.from === 'held' ? 'diverged' : 'invalid'
