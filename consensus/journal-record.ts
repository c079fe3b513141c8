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
    default:
      if (type !== JOURNAL_TYPES.cleanStop) reader.fail('unknown_format')
      return { type: 'cleanStop' }
  }
}

const readCertificateRecord = (reader: ByteReader, type: number): JournalRecord => {
  const certificate = readCertificate(reader)
  if (CERTIFICATE_TYPES[certificate.kind] !== type) reader.fail('not_canonical')
  return { type: 'certificate', certificate }
}
