import type { Hash } from '../hash.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { type Certificate, readCertificate, writeCertificate } from './certificate.ts'
import { STATUS_VOTES_MAX } from './chain-limits.ts'
import { readVote, type Vote, writeVote } from './vote.ts'

/** The newest final block a node knows. */
export type FinalisedPoint = {
  readonly height: number
  readonly view: number
  readonly digest: Hash
}

/** Where an authority stands, told to one peer on connection and when either is behind. */
export type Status = {
  readonly epoch: number
  readonly view: number
  readonly finalised: FinalisedPoint
  /** The certificate that proves `view`; null in the first view of an epoch. */
  readonly bestCertificate: Certificate | null
  /** The newest votes of the *receiver* that the sender holds: its journal is checked by them. */
  readonly yourLatestVotes: readonly Vote[]
  readonly hasWork: boolean
  /** The sender lacks something, a quorum of statuses or certificates: answer with a status. */
  readonly wantsReply: boolean
  /** The sender knows every vote it has cast; false in amnesia, when its word counts for nobody. */
  readonly remembers: boolean
  /** Wall clock of the sender. */
  readonly sentAtMs: number
}

/**
 * epoch u64, view u64, height u64, view u64, digest 32, 1 and certificate or 0, count u32, votes,
 * hasWork u8, wantsReply u8, remembers u8, sentAtMs u64.
 */
export const writeStatus = (writer: ByteWriter, status: Status): void => {
  const { finalised, bestCertificate } = status
  writer.u64(status.epoch).u64(status.view)
  writer.u64(finalised.height).u64(finalised.view).hash(finalised.digest)
  writer.bit(bestCertificate !== null)
  if (bestCertificate !== null) writeCertificate(writer, bestCertificate)
  writer.u32(status.yourLatestVotes.length)
  for (const vote of status.yourLatestVotes) writeVote(writer, vote)
  writer.bit(status.hasWork).bit(status.wantsReply).bit(status.remembers)
  writer.u64(status.sentAtMs)
}

export const readStatus = (reader: ByteReader): Status => {
  const epoch = reader.u64()
  const view = reader.u64()
  const finalised = { height: reader.u64(), view: reader.u64(), digest: reader.hash() }
  const bestCertificate = reader.bit() ? readCertificate(reader) : null
  const yourLatestVotes: Vote[] = []
  const count = reader.u32Max(STATUS_VOTES_MAX)
  while (!reader.failed && yourLatestVotes.length < count) yourLatestVotes.push(readVote(reader))
  const hasWork = reader.bit()
  const wantsReply = reader.bit()
  const remembers = reader.bit()
  const sentAtMs = reader.u64()
  return {
    epoch,
    view,
    finalised,
    bestCertificate,
    yourLatestVotes,
    hasWork,
    wantsReply,
    remembers,
    sentAtMs,
  }
}
