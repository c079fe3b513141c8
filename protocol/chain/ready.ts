import { concat } from '../bytes.ts'
import { hashBytes, hashOf } from '../hash.ts'
import { ByteWriter } from './byte-writer.ts'
import { SIGNED_KINDS, type SigningDomain, signedPrefix } from './vote.ts'

/** What a member of a set to come says of itself. */
export type Ready = {
  /** The epoch that the set would begin. */
  readonly epoch: number
  /** Height of its final block. */
  readonly height: number
  /** Highest version of the rules that its software knows. */
  readonly version: number
}

/**
 * Kind 17, in the name of the set to come: the common prefix with that epoch and view 0, then
 * SHA-256 of height u64, version u16.
 */
export const readyBytes = ({ epoch, height, version }: Ready, domain: SigningDomain): Uint8Array =>
  concat(
    signedPrefix(SIGNED_KINDS.readyForEpoch, { epoch, view: 0 }, domain),
    hashBytes(hashOf(new ByteWriter(10).u64(height).u16(version).finish())),
  )
