import type { Effect, TimerName } from '#consensus/effect.ts'
import type { Replica } from '#consensus/replica.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { SEGMENT_BLOCKS_MAX } from '#protocol/chain/chain-limits.ts'
import type { Decoded } from '#protocol/chain/decoded.ts'
import { FLAG_EMPTY, type Header } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'

/** A block as the harness executes it: its transactions are hashes. */
export type Held = {
  readonly header: Header
  readonly digest: Hash
  readonly hashes: readonly Hash[]
}
export type Final = { readonly blocks: readonly Held[]; readonly certificate: Finalization }

/** One authority: its replica, its disk, and a driver that obeys every effect at once. */
export type Node = {
  readonly index: number
  readonly disk: { journal: Uint8Array[]; blockLog: Held[]; store: Final[] }
  held: Map<Hash, Held>
  executed: Set<Hash>
  /** The block executed last. */
  tip: Hash
  mempool: Set<Hash>
  replica: Replica
  alive: boolean
  life: number
  timers: Map<TimerName, number>
  readonly reports: Extract<Effect, { type: 'report' }>['report'][]
  readonly sent: { readonly atMs: number; readonly message: ConsensusMessage }[]
  readonly finalAt: { readonly height: number; readonly digest: Hash; readonly atMs: number }[]
}

/** The parent of a held block. */
export const parentIn = (node: Node, digest: Hash): Hash =>
  node.held.get(digest)?.header.parentDigest ?? digest

/** Whether the body that the node holds gives the roots of the header. */
export const isGood = (node: Node, header: Header, digest: Hash): boolean => {
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

/** What one answer holds of final runs: whole ones, or the end of a first one that is too long. */
export const servedOf = (stored: readonly Final[], fromHeight: number): readonly Final[] => {
  const [first] = stored
  const wanted = first?.blocks.filter(({ header }) => header.height >= fromHeight) ?? []
  if (first === undefined || wanted.length <= SEGMENT_BLOCKS_MAX) return stored.slice(0, 32)
  return [{ ...first, blocks: wanted.slice(-SEGMENT_BLOCKS_MAX) }]
}

/** Stands for a Merkle root. */
export const rootOf = (hashes: readonly Hash[]): Hash => hashOf(utf8(hashes.join()))

export const decodedOrThrow = <T>(decoded: Decoded<T>): T => {
  if (!decoded.ok) throw new Error(decoded.code)
  return decoded.value
}
