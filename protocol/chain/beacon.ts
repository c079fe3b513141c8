import { concat } from '../bytes.ts'
import { type Hash, hashBytes, hashOf } from '../hash.ts'
import { SIGNATURE_BYTES, type VerifySignature } from '../signature.ts'
import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { SIGNED_KINDS, type SigningDomain, signedPrefix } from './vote.ts'

/** What an authority says of itself every two seconds; proof of freshness for followers. */
export type BeaconBody = {
  readonly epoch: number
  /** Its current view. */
  readonly view: number
  readonly finalisedHeight: number
  readonly finalisedDigest: Hash
  readonly wallClockMs: number
}

export type Beacon = BeaconBody & {
  /** Index of the authority in the set. */
  readonly signer: number
  readonly signature: Uint8Array
}

/** Kind 16: the common prefix with epoch and view, then SHA-256 of the 64 body bytes. */
export const beaconBytes = (body: BeaconBody, domain: SigningDomain): Uint8Array => {
  const writer = new ByteWriter(64)
  writeBody(writer, body)
  return concat(signedPrefix(SIGNED_KINDS.beacon, body, domain), hashBytes(hashOf(writer.finish())))
}

/** Whether the named member of the set signed this beacon. */
export const verifyBeacon = (
  beacon: Beacon,
  domain: SigningDomain,
  verify: VerifySignature,
): boolean => {
  const key = domain.set.keys[beacon.signer]
  return key !== undefined && verify(beacon.signature, beaconBytes(beacon, domain), key)
}

/** Body (epoch u64, view u64, height u64, digest 32, wallClockMs u64), signer u16, signature 64. */
export const encodeBeacon = (beacon: Beacon): Uint8Array => {
  const writer = new ByteWriter(130)
  writeBeacon(writer, beacon)
  return writer.finish()
}

export const writeBeacon = (writer: ByteWriter, beacon: Beacon): void => {
  writeBody(writer, beacon)
  writer.u16(beacon.signer).bytes(beacon.signature)
}

export const readBeacon = (reader: ByteReader): Beacon => ({
  epoch: reader.u64(),
  view: reader.u64(),
  finalisedHeight: reader.u64(),
  finalisedDigest: reader.hash(),
  wallClockMs: reader.u64(),
  signer: reader.u16(),
  signature: reader.bytes(SIGNATURE_BYTES),
})

const writeBody = (writer: ByteWriter, body: BeaconBody): void => {
  writer.u64(body.epoch).u64(body.view).u64(body.finalisedHeight)
  writer.hash(body.finalisedDigest).u64(body.wallClockMs)
}
