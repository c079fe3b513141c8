import type { Hash } from '../hash.ts'
import { type Block, readBlock, writeBlock } from './block.ts'
import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import {
  BLOCK_BODY_BYTES_MAX,
  BLOCK_TRANSACTIONS_MAX,
  SEGMENT_BLOCKS_MAX,
  SEGMENT_BYTES_MAX,
} from './chain-limits.ts'
import { type Decoded, decodeWith } from './decoded.ts'
import { readSegment, type Segment, writeSegment } from './segment.ts'
import {
  chunksLength,
  readMany,
  readSnapshotRequest,
  readSnapshotResponse,
  type SnapshotRequest,
  type SnapshotResponse,
  writeSnapshotRequest,
  writeSnapshotResponse,
} from './snapshot.ts'

/** What one node asks of another, outside the votes. `id` pairs the answer with the question. */
export type FetchRequest = { readonly id: number } & (
  | { readonly type: 'block'; readonly digest: Hash }
  /** Transactions of the block `digest`, by hash. */
  | { readonly type: 'transactions'; readonly digest: Hash; readonly hashes: readonly Hash[] }
  /** Final blocks from this height up, at least 1, with their finalizations. */
  | { readonly type: 'segments'; readonly fromHeight: number }
  | SnapshotRequest
)

/** The answer; every content is checked against a digest or a certificate by who asked. */
export type FetchResponse = { readonly id: number } & (
  | { readonly type: 'absent' }
  | { readonly type: 'block'; readonly block: Block }
  /** In the order asked; one that is not held is left out. */
  | { readonly type: 'transactions'; readonly transactions: readonly string[] }
  /** Consecutive, oldest first; a single one may be the end of a run that no answer holds. */
  | { readonly type: 'segments'; readonly segments: readonly Segment[] }
  | SnapshotResponse
)

const ABSENT = 0
const BLOCK = 1
const TRANSACTIONS = 2
const SEGMENTS = 3
const SNAPSHOT_TAGS = {
  offer: 4,
  epochs: 5,
  nodes: 6,
  chunks: 7,
} as const satisfies Record<SnapshotRequest['type'], number>

const SNAPSHOT_TYPES: ReadonlyMap<number, SnapshotRequest['type']> = new Map([
  [SNAPSHOT_TAGS.offer, 'offer'],
  [SNAPSHOT_TAGS.epochs, 'epochs'],
  [SNAPSHOT_TAGS.nodes, 'nodes'],
  [SNAPSHOT_TAGS.chunks, 'chunks'],
])

/**
 * Tag u8, id u32, then by tag: digest 32 · digest 32, count u32, hashes 32 each · height u64 · as
 * `writeSnapshotRequest` says.
 */
export const encodeFetchRequest = (request: FetchRequest): Uint8Array => {
  const writer = new ByteWriter(48)
  if (isOfSnapshot(request)) {
    writeSnapshotRequest(writer.u8(SNAPSHOT_TAGS[request.type]).u32(request.id), request)
  }
  if (request.type === 'block') writer.u8(BLOCK).u32(request.id).hash(request.digest)
  if (request.type === 'segments') writer.u8(SEGMENTS).u32(request.id).u64(request.fromHeight)
  if (request.type === 'transactions') {
    writer.u8(TRANSACTIONS).u32(request.id).hash(request.digest).u32(request.hashes.length)
    for (const hash of request.hashes) writer.hash(hash)
  }
  return writer.finish()
}

export const decodeFetchRequest = (bytes: Uint8Array): Decoded<FetchRequest> =>
  decodeWith(bytes, readRequest)

/**
 * Tag u8, id u32, then by tag: nothing · block · count u32, (length u32, text) · count u32, segments ·
 * as `writeSnapshotResponse` says.
 */
export const encodeFetchResponse = (response: FetchResponse): Uint8Array => {
  const writer = new ByteWriter(roomOf(response))
  writeFetchResponse(writer, response)
  return writer.finish()
}

/** Bytes to make room for from the start: what holds a MiB would be copied and left behind many times. */
export const roomOf = (response: FetchResponse): number =>
  response.type === 'chunks' ? ROOM_BESIDE + chunksLength(response.chunks) : ROOM_BESIDE

export const writeFetchResponse = (writer: ByteWriter, response: FetchResponse): void => {
  if (isOfSnapshot(response)) {
    writeSnapshotResponse(writer.u8(SNAPSHOT_TAGS[response.type]).u32(response.id), response)
  }
  if (response.type === 'absent') writer.u8(ABSENT).u32(response.id)
  if (response.type === 'block') writeBlock(writer.u8(BLOCK).u32(response.id), response.block)
  if (response.type === 'transactions') {
    writer.u8(TRANSACTIONS).u32(response.id).u32(response.transactions.length)
    for (const text of response.transactions) writer.u32(text.length).ascii(text)
  }
  if (response.type === 'segments') {
    writer.u8(SEGMENTS).u32(response.id).u32(response.segments.length)
    for (const segment of response.segments) writeSegment(writer, segment)
  }
}

const ROOM_BESIDE = 512

export const decodeFetchResponse = (bytes: Uint8Array): Decoded<FetchResponse> =>
  decodeWith(bytes, readResponse)

const isOfSnapshot = <T extends FetchRequest | FetchResponse>(
  message: T,
): message is Extract<T, { readonly type: SnapshotRequest['type'] }> =>
  Object.hasOwn(SNAPSHOT_TAGS, message.type)

const readRequest = (reader: ByteReader): FetchRequest => {
  const tag = reader.u8()
  const id = reader.u32()
  if (tag === BLOCK) return { id, type: 'block', digest: reader.hash() }
  if (tag === SEGMENTS) return readSegmentsRequest(reader, id)
  const type = SNAPSHOT_TYPES.get(tag)
  if (type !== undefined) return { id, ...readSnapshotRequest(reader, type) }
  if (tag !== TRANSACTIONS) reader.fail('unknown_format')
  const digest = reader.hash()
  const count = reader.u32Max(BLOCK_TRANSACTIONS_MAX)
  return { id, type: 'transactions', digest, hashes: readMany(reader, count, () => reader.hash()) }
}

/** Genesis has no body and no finalization: final blocks begin at height 1. */
const readSegmentsRequest = (reader: ByteReader, id: number): FetchRequest => {
  const fromHeight = reader.u64()
  if (fromHeight === 0) reader.fail('out_of_range')
  return { id, type: 'segments', fromHeight }
}

const readResponse = (reader: ByteReader): FetchResponse => {
  const tag = reader.u8()
  const id = reader.u32()
  if (tag === ABSENT) return { id, type: 'absent' }
  if (tag === BLOCK) return { id, type: 'block', block: readBlock(reader) }
  if (tag === TRANSACTIONS) return { id, type: 'transactions', transactions: readTexts(reader) }
  const type = SNAPSHOT_TYPES.get(tag)
  if (type !== undefined) return { id, ...readSnapshotResponse(reader, type) }
  if (tag !== SEGMENTS) reader.fail('unknown_format')
  if (reader.remaining > SEGMENT_BYTES_MAX * 2) reader.fail('out_of_range')
  const count = reader.u32Max(SEGMENT_BLOCKS_MAX)
  return { id, type: 'segments', segments: readMany(reader, count, () => readSegment(reader)) }
}

const readTexts = (reader: ByteReader): readonly string[] => {
  let budget = BLOCK_BODY_BYTES_MAX
  return readMany(reader, reader.u32Max(BLOCK_TRANSACTIONS_MAX), () => {
    const length = reader.u32Max(budget)
    budget -= length
    return reader.ascii(length)
  })
}
