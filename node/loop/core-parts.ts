import type { Hash } from '#protocol/hash.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { PeerName } from '../network/network-port.ts'
import { Executor } from '../pipeline/executor.ts'
import type { Mempool } from '../pipeline/mempool.ts'
import { AuthorityLoop } from './authority.ts'
import type { ChainParts } from './chain-effects.ts'
import { createDurableGate } from './durable-gate.ts'
import { FollowerLoop } from './follower.ts'
import type { CoreParts } from './node-core.ts'

export type Quarantine = {
  readonly isQuarantined: (hash: Hash) => boolean
  readonly onPoison: (hash: Hash, reason: string) => void
}

/** Transactions that made a rule throw or broke an invariant here: durable, never tried again. */
export const createQuarantine = (parts: CoreParts, mempool: Mempool): Quarantine => {
  const hashes = new Set(parts.quarantined)
  return {
    isQuarantined: (hash) => hashes.has(hash),
    onPoison: (hash, reason) => {
      if (hashes.has(hash)) return
      hashes.add(hash)
      mempool.settle([hash])
      parts.storage.saveQuarantine(hash, reason)
      parts.report({ level: 'warn', code: 'transaction_quarantined', facts: { hash, reason } })
    },
  }
}

export const createExecutor = (
  parts: CoreParts,
  mempool: Mempool,
  quarantine: Quarantine,
): Executor =>
  new Executor({
    ...parts,
    ...quarantine,
    mempool,
    onBroken: ({ invariant, subject, expected, found }) =>
      parts.onFatal('invariant_broken', `${invariant} of ${subject}: ${expected} ≠ ${found}`),
  })

export type Loop =
  | { readonly kind: 'authority'; readonly authority: AuthorityLoop }
  | { readonly kind: 'follower'; readonly follower: FollowerLoop }

export const loopOf = (loop: Loop): AuthorityLoop | FollowerLoop =>
  loop.kind === 'authority' ? loop.authority : loop.follower

export const createLoop = (
  parts: CoreParts,
  chain: ChainParts,
  own: {
    readonly mempool: Mempool
    readonly reoffer: (max: number) => void
    readonly flushOffers: () => void
  },
): Loop => {
  const { storage, seating } = parts
  const { seat, set } = seating
  if (seat.kind === 'follower') {
    const authorities = new Set(set.members.map(({ peerId }) => peerId))
    const isAuthority = (peer: PeerName): boolean => authorities.has(peer)
    const follower = new FollowerLoop({ ...chain, follower: seat.follower, isAuthority })
    return { kind: 'follower', follower }
  }
  const gate = createDurableGate(({ records, blocks }, done) => {
    const full = blocks.flatMap((digest) => chain.executor.executed(digest) ?? [])
    if (full.length < blocks.length) throw new Error('a block to be written is not held')
    storage.write({ records, blocks: full }, done)
  })
  const { replica, me } = seat
  const limits = parts.limits.block
  const authority = new AuthorityLoop({ ...chain, ...own, replica, me, gate, limits })
  return { kind: 'authority', authority }
}

export const oldest = (
  waiting: Iterable<Pick<VerifiedTransaction, 'text'>>,
  max: number,
): readonly string[] => {
  const texts: string[] = []
  for (const { text } of waiting) {
    if (texts.length >= max) break
    texts.push(text)
  }
  return texts
}
