import type { ByteReader } from '#protocol/chain/byte-reader.ts'
import { ByteWriter } from '#protocol/chain/byte-writer.ts'
import { type Certificate, readCertificate, writeCertificate } from '#protocol/chain/certificate.ts'
import { type Decoded, decodeWith } from '#protocol/chain/decoded.ts'
import { readVote, type Vote, writeVote } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'

/**
 * What a replica writes before it speaks.
 * `block`: the driver writes the block's full bytes to its block log in the same sync.
 * `floor`: the replica will never again vote in `view` or below; the final block there is durable
 * in the store, so that the journal may drop what is at or below it.
 * `amnesia`: votes of ours may be gone; whatever was written before this means nothing any more, and
 * nothing is voted before a `refusal` follows: no vote of this epoch in `view` or below, ever.
 */
export type JournalRecord =
  | {
      readonly type: 'epoch'
      readonly epoch: number
      readonly setHash: Hash
      readonly genesisDigest: Hash
    }
  | { readonly type: 'vote'; readonly vote: Vote }
  | {
      readonly type: 'block'
      readonly view: number
      readonly height: number
      readonly digest: Hash
    }
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  | {
      readonly type: 'floor'
      readonly epoch: number
      readonly view: number
      readonly height: number
      readonly digest: Hash
    }
  | { readonly type: 'cleanStop' }
  | { readonly type: 'amnesia'; readonly cause: LossCode }
  | { readonly type: 'refusal'; readonly epoch: number; readonly view: number }

/** How votes of ours can be gone; a code's place is its byte in the journal. */
export const LOSS_CODES = [
  /** There is no journal beside a store or a mark that there was one. */
  'journal_missing',
  /** Its bytes are not what was written, or its records contradict each other. */
  'journal_corrupt',
  /** It lacks a vote of ours that others hold. */
  'journal_rolled_back',
  /** The store ends below what the journal says was durable in it. */
  'store_rolled_back',
] as const
export type LossCode = (typeof LOSS_CODES)[number]

/** Type byte of a journal record. */
export const JOURNAL_TYPES = {
  vote: 1,
  block: 2,
  notarization: 3,
  nullification: 4,
  finalization: 5,
  epoch: 6,
  floor: 7,
  cleanStop: 8,
  amnesia: 9,
  refusal: 10,
} as const

/** The view a record belongs to; records at or below a floor's view are of no further use. */
export const recordView = (record: JournalRecord): number => {
  switch (record.type) {
    case 'vote':
      return record.vote.view
    case 'certificate':
      return record.certificate.view
    case 'block':
    case 'floor':
      return record.view
    case 'epoch':
    case 'amnesia':
    case 'refusal':
    case 'cleanStop':
      return Number.MAX_SAFE_INTEGER
  }
}

/** Type u8 (`JOURNAL_TYPES`), then the payload of that type. */
export const encodeJournalRecord = (record: JournalRecord): Uint8Array => {
  const writer = new ByteWriter(256).u8(typeByte(record))
  writePayload(writer, record)
  return writer.finish()
}

export const decodeJournalRecord = (bytes: Uint8Array): Decoded<JournalRecord> =>
  decodeWith(bytes, readRecord)

const typeByte = (record: JournalRecord): number =>
  record.type === 'certificate'
    ? CERTIFICATE_TYPES[record.certificate.kind]
    : JOURNAL_TYPES[record.type]

const CERTIFICATE_TYPES = {
  notarize: JOURNAL_TYPES.notarization,
  nullify: JOURNAL_TYPES.nullification,
  finalize: JOURNAL_TYPES.finalization,
} as const satisfies Record<Certificate['kind'], number>

const writePayload = (writer: ByteWriter, record: JournalRecord): void => {
  if (record.type === 'vote') writeVote(writer, record.vote)
  if (record.type === 'certificate') writeCertificate(writer, record.certificate)
  if (record.type === 'block') writer.u64(record.view).u64(record.height).hash(record.digest)
  if (record.type === 'epoch') {
    writer.u64(record.epoch).hash(record.setHash).hash(record.genesisDigest)
  }
  if (record.type === 'floor') {
    writer.u64(record.epoch).u64(record.view).u64(record.height).hash(record.digest)
  }
  if (record.type === 'amnesia') writer.u8(LOSS_CODES.indexOf(record.cause))
  if (record.type === 'refusal') writer.u64(record.epoch).u64(record.view)
}

const readRecord = (reader: ByteReader): JournalRecord => {
  const type = reader.u8()
  switch (type) {
    case JOURNAL_TYPES.vote:
      return { type: 'vote', vote: readVote(reader) }
    case JOURNAL_TYPES.block:
      return { type: 'block', view: reader.u64(), height: reader.u64(), digest: reader.hash() }
    case JOURNAL_TYPES.notarization:
    case JOURNAL_TYPES.nullification:
    case JOURNAL_TYPES.finalization:
      return readCertificateRecord(reader, type)
    case JOURNAL_TYPES.epoch:
      return {
        type: 'epoch',
        epoch: reader.u64(),
        setHash: reader.hash(),
        genesisDigest: reader.hash(),
      }
    case JOURNAL_TYPES.floor:
      return {
        type: 'floor',
        epoch: reader.u64(),
        view: reader.u64(),
        height: reader.u64(),
        digest: reader.hash(),
      }
    case JOURNAL_TYPES.amnesia:
      return { type: 'amnesia', cause: readCause(reader) }
    case JOURNAL_TYPES.refusal:
      return { type: 'refusal', epoch: reader.u64(), view: reader.u64() }
    default:
      if (type !== JOURNAL_TYPES.cleanStop) reader.fail('unknown_format')
      return { type: 'cleanStop' }
  }
}

const readCause = (reader: ByteReader): LossCode => {
  const cause = LOSS_CODES[reader.u8()]
  if (cause === undefined) reader.fail('unknown_format')
  return cause ?? LOSS_CODES[0]
}

const readCertificateRecord = (reader: ByteReader, type: number): JournalRecord => {
  const certificate = readCertificate(reader)
  if (CERTIFICATE_TYPES[certificate.kind] !== type) reader.fail('not_canonical')
  return { type: 'certificate', certificate }
}
