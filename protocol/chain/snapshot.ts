import { type Hash, ZERO_HASH } from '../hash.ts'
import { encodeId, idBytes, type Key } from '../id.ts'
import { FAMILY_NUMBER_MAX, HISTORY_PATH_MAX } from '../state/limits.ts'
import { NODE_BYTES } from '../state/merkle-path.ts'
import { CHUNK_DEPTH, NODE_LEVELS, PAGE_DEPTH } from '../state/subtree.ts'
import { type Authority, type AuthoritySet, createAuthoritySet } from './authority-set.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { type Finalization, readFinalization, writeCertificate } from './certificate.ts'
import {
  AUTHORITIES_MAX,
  CHUNK_BYTES_MAX,
  CHUNKS_PER_ANSWER_MAX,
  EPOCHS_PER_ANSWER_MAX,
  PEER_ID_BYTES_MAX,
} from './chain-limits.ts'
import { type Header, readHeader, writeHeader } from './header.ts'

/** One family of the state as of a snapshot: its number, its slots, and the root of the tree over them. */
export type FamilyAt = {
  readonly number: number
  readonly count: number
  readonly root: Uint8Array
}

/**
 * What a snapshot is of: a final block, and what its header's roots are made of. Whoever knows the
 * authorities of its epoch needs nothing else to believe it. The digest of the header names it.
 */
export type SnapshotHead = {
  readonly header: Header
  readonly certificate: Finalization
  /** The mountains over all blocks before, the highest first. */
  readonly peaks: readonly Uint8Array[]
  /** By ascending number. */
  readonly families: readonly FamilyAt[]
  /** How many epochs ended before this block. */
  readonly epochs: number
}

/** The end of an epoch: its sealing block, final, and the set that the block names as the next. */
export type SealedEpoch = {
  readonly header: Header
  readonly certificate: Finalization
  readonly next: AuthoritySet
}

/** A page of nodes of a family's tree: those of a level below one node, `PAGE_DEPTH` levels above it. */
export type NodesPage = { readonly family: number; readonly level: number; readonly index: number }

/** Chunks of a family, from this one on. */
export type ChunkRun = { readonly family: number; readonly from: number; readonly count: number }

/** What is asked about snapshots. `digest`: the snapshot, by its block. */
export type SnapshotRequest =
  /** Where the node stands, and the snapshot it holds; `make`: it is to make one where it holds none. */
  | { readonly type: 'offer'; readonly make: boolean }
  /** How epochs ended, oldest first, from the one at this index on. */
  | { readonly type: 'epochs'; readonly digest: Hash; readonly from: number }
  | ({ readonly type: 'nodes'; readonly digest: Hash } & NodesPage)
  | ({ readonly type: 'chunks'; readonly digest: Hash } & ChunkRun)

export type SnapshotResponse =
  /** `height`: of the final block in its store. `head` comes with a later question where there is none yet. */
  | {
      readonly type: 'offer'
      readonly height: number
      readonly head: SnapshotHead | undefined
    }
  | { readonly type: 'epochs'; readonly ends: readonly SealedEpoch[] }
  /** 32 bytes each, those that have a slot below them. */
  | { readonly type: 'nodes'; readonly nodes: Uint8Array }
  /** Consecutive from the one asked for on, at least one; of each the UTF-8 texts of its slots. */
  | { readonly type: 'chunks'; readonly chunks: readonly (readonly Uint8Array[])[] }

/** By type: bit · digest, from u32 · digest, family u8, level u8, index u32 · digest, family u8, from u32, count u32. */
export const writeSnapshotRequest = (writer: ByteWriter, request: SnapshotRequest): void => {
  if (request.type === 'offer') {
    writer.bit(request.make)
    return
  }
  writer.hash(request.digest)
  if (request.type === 'epochs') writer.u32(request.from)
  else if (request.type === 'nodes') {
    writer.u8(request.family).u8(request.level).u32(request.index)
  } else writer.u8(request.family).u32(request.from).u32(request.count)
}

export const readSnapshotRequest = (
  reader: ByteReader,
  type: SnapshotRequest['type'],
): SnapshotRequest => {
  if (type === 'offer') return { type, make: reader.bit() }
  const digest = reader.hash()
  if (type === 'epochs') return { type: 'epochs', digest, from: reader.u32() }
  const family = reader.u8()
  if (type === 'nodes') {
    const level = reader.u8()
    if (!NODE_LEVELS.includes(level)) reader.fail('out_of_range')
    return { type: 'nodes', digest, family, level, index: reader.u32() }
  }
  const from = reader.u32()
  const count = reader.u32Max(CHUNKS_PER_ANSWER_MAX)
  if (count === 0) reader.fail('out_of_range')
  return { type: 'chunks', digest, family, from, count }
}

/** By type: height u64, bit, head · count u32, ends · count u32, nodes · count u32, chunks. */
export const writeSnapshotResponse = (writer: ByteWriter, response: SnapshotResponse): void => {
  if (response.type === 'offer') {
    writer.u64(response.height).bit(response.head !== undefined)
    if (response.head !== undefined) writeSnapshotHead(writer, response.head)
  } else if (response.type === 'epochs') {
    writer.u32(response.ends.length)
    for (const end of response.ends) writeSealedEpoch(writer, end)
  } else if (response.type === 'nodes') {
    writer.u32(response.nodes.length / NODE_BYTES).bytes(response.nodes)
  } else {
    writer.u32(response.chunks.length)
    for (const texts of response.chunks) {
      writer.u32(texts.length)
      for (const text of texts) writer.u32(text.length).bytes(text)
    }
  }
}

/** Bytes that the chunks of a response take in it. */
export const chunksLength = (chunks: readonly (readonly Uint8Array[])[]): number => {
  let length = U32_BYTES
  for (const texts of chunks) {
    length += U32_BYTES
    for (const text of texts) length += U32_BYTES + text.length
  }
  return length
}

const U32_BYTES = 4

export const readSnapshotResponse = (
  reader: ByteReader,
  type: SnapshotResponse['type'],
): SnapshotResponse => {
  if (type === 'offer') {
    const height = reader.u64()
    return { type, height, head: reader.bit() ? readSnapshotHead(reader) : undefined }
  }
  if (type === 'epochs') {
    const count = reader.u32Max(EPOCHS_PER_ANSWER_MAX)
    return { type, ends: readMany(reader, count, () => readSealedEpoch(reader)) }
  }
  if (type === 'nodes') {
    return { type, nodes: reader.bytes(reader.u32Max(2 ** PAGE_DEPTH) * NODE_BYTES) }
  }
  return { type, chunks: readChunks(reader) }
}

/** Header 266, certificate, peaks (u8, 32 each), families (u8; each number u8, count u32, root 32), epochs u32. */
export const writeSnapshotHead = (writer: ByteWriter, head: SnapshotHead): void => {
  writeHeader(writer, head.header)
  writeCertificate(writer, head.certificate)
  writer.u8(head.peaks.length)
  for (const peak of head.peaks) writer.bytes(peak)
  writer.u8(head.families.length)
  for (const { number, count, root } of head.families) writer.u8(number).u32(count).bytes(root)
  writer.u32(head.epochs)
}

export const readSnapshotHead = (reader: ByteReader): SnapshotHead => {
  const header = readHeader(reader)
  const certificate = readFinalization(reader)
  const peaks = readMany(reader, reader.u8(), () => reader.bytes(NODE_BYTES))
  if (peaks.length > HISTORY_PATH_MAX) reader.fail('out_of_range')
  const families = readMany(reader, reader.u8(), () => ({
    number: reader.u8(),
    count: reader.u32(),
    root: reader.bytes(NODE_BYTES),
  }))
  if (families.length === 0 || families.length > FAMILY_NUMBER_MAX) reader.fail('out_of_range')
  return { header, certificate, peaks, families, epochs: reader.u32() }
}

/** Header 266, certificate, members (u8; each consensus key 32, operator key 32, length u8, peer id). */
const writeSealedEpoch = (writer: ByteWriter, { header, certificate, next }: SealedEpoch): void => {
  writeHeader(writer, header)
  writeCertificate(writer, certificate)
  writer.u8(next.members.length)
  for (const { consensusKey, operatorKey, peerId } of next.members) {
    writer.bytes(idBytes(consensusKey)).bytes(idBytes(operatorKey))
    writer.u8(peerId.length).ascii(peerId)
  }
}

const readSealedEpoch = (reader: ByteReader): SealedEpoch => {
  const header = readHeader(reader)
  const certificate = readFinalization(reader)
  const size = reader.u8()
  if (size > AUTHORITIES_MAX) reader.fail('out_of_range')
  const members = readMany(reader, size, () => readMember(reader))
  const made = createAuthoritySet(members)
  if (made.ok) return { header, certificate, next: made.set }
  reader.fail('out_of_range')
  return { header, certificate, next: NOBODY }
}

/** What a failed reader gives. */
const NOBODY: AuthoritySet = {
  members: [],
  keys: [],
  hash: ZERO_HASH,
  hashBytes: new Uint8Array(NODE_BYTES),
}

const readMember = (reader: ByteReader): Authority => {
  const consensusKey = readKey(reader)
  const operatorKey = readKey(reader)
  const length = reader.u8()
  if (length > PEER_ID_BYTES_MAX) reader.fail('out_of_range')
  return { consensusKey, operatorKey, peerId: reader.ascii(length) }
}

const KEY_BYTES = 32

const readKey = (reader: ByteReader): Key => {
  const bytes = reader.bytes(KEY_BYTES)
  return encodeId('key', bytes.length === KEY_BYTES ? bytes : new Uint8Array(KEY_BYTES))
}

const readChunks = (reader: ByteReader): readonly (readonly Uint8Array[])[] => {
  if (reader.remaining > CHUNK_BYTES_MAX) reader.fail('out_of_range')
  const count = reader.u32Max(CHUNKS_PER_ANSWER_MAX)
  if (count === 0) reader.fail('out_of_range')
  return readMany(reader, count, () => {
    const slots = reader.u32Max(2 ** CHUNK_DEPTH)
    // Millions of them: a copy of each would cost more than its digest.
    return readMany(reader, slots, () => reader.view(reader.u32Max(reader.remaining)))
  })
}

/** So many items, fewer once something is wrong. */
export const readMany = <T>(reader: ByteReader, count: number, readOne: () => T): readonly T[] => {
  const items: T[] = []
  while (!reader.failed && items.length < count) items.push(readOne())
  return items
}
