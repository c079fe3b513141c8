import {
  decodeJournalRecord,
  encodeJournalRecord,
  type JournalRecord,
} from '#consensus/journal-record.ts'
import { ByteReader } from '#protocol/chain/byte-reader.ts'
import { ByteWriter } from '#protocol/chain/byte-writer.ts'
import type { Frame, StoredFrame } from './frame.ts'

/** Type of a frame that holds any number of records: `(length u32, type u8, payload)` each. */
const BATCH_TYPE = 0xff

/** The frame of one write: the record itself, or a batch of several. */
export const frameOfRecords = (
  records: readonly JournalRecord[],
  place: { readonly epoch: number; readonly seq: number },
): Frame => {
  const encoded = records.map(encodeJournalRecord)
  const [first] = encoded
  if (first !== undefined && encoded.length === 1) {
    return { ...place, type: first[0] ?? 0, payload: first.subarray(1) }
  }
  const writer = new ByteWriter()
  for (const bytes of encoded) writer.u32(bytes.length).bytes(bytes)
  return { ...place, type: BATCH_TYPE, payload: writer.finish() }
}

/** The records of a frame, or undefined when they are not ones we write. */
export const recordsOfFrame = (frame: StoredFrame): readonly JournalRecord[] | undefined => {
  const parts = frame.type === BATCH_TYPE ? partsOf(frame.payload) : [alone(frame)]
  if (parts === undefined) return undefined
  const records: JournalRecord[] = []
  for (const part of parts) {
    const decoded = decodeJournalRecord(part)
    if (!decoded.ok) return undefined
    records.push(decoded.value)
  }
  return records
}

/** The epoch a record names; undefined for one that goes with any. */
export const epochOf = (record: JournalRecord): number | undefined => {
  switch (record.type) {
    case 'epoch':
    case 'floor':
    case 'refusal':
      return record.epoch
    case 'vote':
      return record.vote.epoch
    case 'certificate':
      return record.certificate.epoch
    case 'block':
    case 'amnesia':
    case 'cleanStop':
      return undefined
  }
}

const alone = ({ type, payload }: StoredFrame): Uint8Array =>
  new ByteWriter(1 + payload.length).u8(type).bytes(payload).finish()

const partsOf = (payload: Uint8Array): readonly Uint8Array[] | undefined => {
  const reader = new ByteReader(payload)
  const parts: Uint8Array[] = []
  while (!reader.failed && reader.remaining > 0) parts.push(reader.bytes(reader.u32()))
  return reader.finish() === undefined ? parts : undefined
}
