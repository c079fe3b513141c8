import type { Finalization } from '#protocol/chain/certificate.ts'
import type { NextEpoch } from '#protocol/chain/epoch.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'

/** A sealing block that is final: the last block of its epoch, and the origin of the next one. */
export type EpochEnd = {
  readonly header: Header
  readonly digest: Hash
  readonly certificate: Finalization
  readonly next: NextEpoch
}
