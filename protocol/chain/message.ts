import { type Beacon, readBeacon, writeBeacon } from './beacon.ts'
import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { type Certificate, readCertificate, writeCertificate } from './certificate.ts'
import { type Decoded, decodeWith } from './decoded.ts'
import { type Proposal, readProposal, writeProposal } from './proposal.ts'
import { readStatus, type Status, writeStatus } from './status.ts'
import { readVote, type Vote, writeVote } from './vote.ts'

/** The receiver's last beacon as it was met, for the clock monitor; zeros when there is none. */
export type BeaconEcho = {
  /** `wallClockMs` of the receiver's own beacon. */
  readonly sentAtMs: number
  /** Wall clock of the sender when that beacon arrived. */
  readonly receivedAtMs: number
}

/** What authorities say to one another about agreement. */
export type ConsensusMessage =
  | { readonly type: 'vote'; readonly vote: Vote }
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'beacon'; readonly beacon: Beacon; readonly echo: BeaconEcho }
  /** Any certificates of these views, both included, are missed by the sender. */
  | {
      readonly type: 'certificateRequest'
      readonly epoch: number
      readonly fromView: number
      readonly toView: number
    }

/** Largest encoded message: a proposal of 4,096 hashes with 65 certificates of 30 signers. */
export const CONSENSUS_MESSAGE_BYTES_MAX = 262_144

const TAGS = {
  vote: 1,
  certificate: 2,
  proposal: 3,
  status: 4,
  beacon: 5,
  certificateRequest: 6,
} as const satisfies Record<ConsensusMessage['type'], number>

/** Tag u8, then the value. */
export const encodeMessage = (message: ConsensusMessage): Uint8Array => {
  const writer = new ByteWriter().u8(TAGS[message.type])
  writeContent(writer, message)
  return writer.finish()
}

export const decodeMessage = (bytes: Uint8Array): Decoded<ConsensusMessage> =>
  bytes.length > CONSENSUS_MESSAGE_BYTES_MAX
    ? { ok: false, code: 'out_of_range' }
    : decodeWith(bytes, readMessage)

const writeContent = (writer: ByteWriter, message: ConsensusMessage): void => {
  if (message.type === 'vote') writeVote(writer, message.vote)
  if (message.type === 'certificate') writeCertificate(writer, message.certificate)
  if (message.type === 'proposal') writeProposal(writer, message.proposal)
  if (message.type === 'status') writeStatus(writer, message.status)
  if (message.type === 'beacon') {
    writeBeacon(writer, message.beacon)
    writer.u64(message.echo.sentAtMs).u64(message.echo.receivedAtMs)
  }
  if (message.type === 'certificateRequest') {
    writer.u64(message.epoch).u64(message.fromView).u64(message.toView)
  }
}

const readMessage = (reader: ByteReader): ConsensusMessage => {
  switch (reader.u8()) {
    case TAGS.vote:
      return { type: 'vote', vote: readVote(reader) }
    case TAGS.certificate:
      return { type: 'certificate', certificate: readCertificate(reader) }
    case TAGS.proposal:
      return { type: 'proposal', proposal: readProposal(reader) }
    case TAGS.status:
      return { type: 'status', status: readStatus(reader) }
    case TAGS.beacon:
      return { type: 'beacon', beacon: readBeacon(reader), echo: readEcho(reader) }
    case TAGS.certificateRequest:
      return readCertificateRequest(reader)
    default:
      reader.fail('unknown_format')
      return { type: 'certificateRequest', epoch: 0, fromView: 0, toView: 0 }
  }
}

const readEcho = (reader: ByteReader): BeaconEcho => ({
  sentAtMs: reader.u64(),
  receivedAtMs: reader.u64(),
})

const readCertificateRequest = (reader: ByteReader): ConsensusMessage => {
  const [epoch, fromView, toView] = [reader.u64(), reader.u64(), reader.u64()]
  if (fromView > toView) reader.fail('out_of_range')
  return { type: 'certificateRequest', epoch, fromView, toView }
}
