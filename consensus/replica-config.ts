import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { SignMessage, VerifySignature } from '#protocol/signature.ts'
import type { JournalRecord } from './journal-record.ts'

/** What a replica is told once. */
export type ReplicaConfig = {
  /** SHA-256 of the genesis bytes. */
  readonly chainId: Hash
  readonly epoch: number
  readonly set: AuthoritySet
  /** Index of this authority in the set. */
  readonly me: number
  /** Digest of the block that the epoch grows from: genesis, or the sealing block before it. */
  readonly genesisDigest: Hash
  /** `leaderOffsetOf` the sealing digest; 0 in the first epoch. */
  readonly leaderOffset: number
  /** Rules that new blocks name. */
  readonly rulesVersion: number
  /** Finalizations of the sealing blocks of all epochs before, oldest first. */
  readonly past: readonly Finalization[]
  /** Δ: what a message between two honest authorities should take at most, with a margin. */
  readonly deltaMs: number
  /** Longest time without a block. */
  readonly heartbeatMs: number
  /** Least time between two blocks while one is open. */
  readonly minBlockGapMs: number
  readonly verify: VerifySignature
  /** Deterministic ed25519 with the consensus key: the same message gives the same bytes. */
  readonly sign: SignMessage
}

/**
 * What the disk gave back. On a first start: no records, and genesis as the final block; where an epoch
 * begins, the sealing block before it.
 */
export type Recovered = {
  /** The journal in order; what it holds of earlier epochs is passed over. */
  readonly records: readonly JournalRecord[]
  /** The newest block of the store; `certificate` is null for genesis only. */
  readonly finalised: {
    readonly header: Header
    readonly digest: Hash
    readonly certificate: Finalization | null
  }
  /** Headers of the blocks above it that the block log holds whole, in any order. */
  readonly blocks: readonly { readonly header: Header; readonly digest: Hash }[]
}
