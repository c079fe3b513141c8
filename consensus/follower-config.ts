import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { VerifySignature } from '#protocol/signature.ts'

/** What a follower is told once: whom it trusts, and the newest block of its own store. */
export type FollowerConfig = {
  /** SHA-256 of the genesis bytes. */
  readonly chainId: Hash
  readonly epoch: number
  /** From the pinned genesis, or by the chain of epochs from there. */
  readonly set: AuthoritySet
  /** Finalizations of the sealing blocks of all epochs before, oldest first. */
  readonly past: readonly Finalization[]
  /** Δ: how long a missing block may take before it is asked for again. */
  readonly deltaMs: number
  readonly verify: VerifySignature
  /** `certificate` is null for genesis only. */
  readonly finalised: {
    readonly header: Header
    readonly digest: Hash
    readonly certificate: Finalization | null
  }
}
