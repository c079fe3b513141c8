import { utf8 } from '../bytes.ts'
import { type Hash, hashOf, ZERO_HASH } from '../hash.ts'
import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { type Decoded, decodeWith } from './decoded.ts'

/** Format byte of this header encoding. */
export const HEADER_FORMAT = 1
/** Bytes of every encoded header. */
export const HEADER_BYTES = 266
/** The block ends its epoch: `nextSetHash` names the next authorities. */
export const FLAG_SEALING = 1
/** The block holds no transaction and swept no due expiry. */
export const FLAG_EMPTY = 2
/** Epoch of genesis and of the first authority set. */
export const FIRST_EPOCH = 1

const KNOWN_FLAGS = FLAG_SEALING | FLAG_EMPTY
const DIGEST_TAG = utf8('hd1')

/** What authorities agree on: one block, bound by its digest. */
export type Header = {
  readonly chainId: Hash
  readonly epoch: number
  /** Slot of the proof-of-authority rounds; 0 for genesis. */
  readonly view: number
  readonly height: number
  readonly parentDigest: Hash
  readonly timestampMs: number
  /** Index of the proposer in the authority set. */
  readonly proposerIndex: number
  readonly transactionCount: number
  /** Merkle root over (transaction hash, outcome, index). */
  readonly transactionRoot: Hash
  /** State *after* this block. */
  readonly stateRoot: Hash
  /** Merkle mountain range over the digests of strict ancestors. */
  readonly historyRoot: Hash
  readonly authoritySetHash: Hash
  /** Equal to `authoritySetHash` except in a sealing block. */
  readonly nextSetHash: Hash
  /** Selects the ledger rules. */
  readonly version: number
  /** Bits `FLAG_SEALING`, `FLAG_EMPTY`. */
  readonly flags: number
}

/** What names a block: SHA-256 of `"hd1" ‖ header`. */
export const headerDigest = (header: Header): Hash => {
  const writer = new ByteWriter(DIGEST_TAG.length + HEADER_BYTES).bytes(DIGEST_TAG)
  writeHeader(writer, header)
  return hashOf(writer.finish())
}

/**
 * 266 bytes: format u8, chainId 32, epoch u64, view u64, height u64, parentDigest 32,
 * timestampMs u64, proposerIndex u16, transactionCount u32, transactionRoot 32, stateRoot 32,
 * historyRoot 32, authoritySetHash 32, nextSetHash 32, version u16, flags u8.
 */
export const encodeHeader = (header: Header): Uint8Array => {
  const writer = new ByteWriter(HEADER_BYTES)
  writeHeader(writer, header)
  return writer.finish()
}

export const decodeHeader = (bytes: Uint8Array): Decoded<Header> => decodeWith(bytes, readHeader)

export const isEmpty = (header: Header): boolean => (header.flags & FLAG_EMPTY) !== 0

export const isSealing = (header: Header): boolean => (header.flags & FLAG_SEALING) !== 0

/** The block at height 0: the state that genesis makes, agreed on by nobody and known to all. */
export const genesisHeader = (genesis: {
  readonly chainId: Hash
  readonly timestampMs: number
  readonly transactionRoot: Hash
  readonly stateRoot: Hash
  readonly historyRoot: Hash
  readonly authoritySetHash: Hash
  readonly version: number
}): Header => ({
  ...genesis,
  epoch: FIRST_EPOCH,
  view: 0,
  height: 0,
  parentDigest: ZERO_HASH,
  proposerIndex: 0,
  transactionCount: 0,
  nextSetHash: genesis.authoritySetHash,
  flags: FLAG_EMPTY,
})

export const writeHeader = (writer: ByteWriter, header: Header): void => {
  writer.u8(HEADER_FORMAT).hash(header.chainId)
  writer.u64(header.epoch).u64(header.view).u64(header.height).hash(header.parentDigest)
  writer.u64(header.timestampMs).u16(header.proposerIndex)
  writer.u32(header.transactionCount).hash(header.transactionRoot)
  writer.hash(header.stateRoot).hash(header.historyRoot)
  writer.hash(header.authoritySetHash).hash(header.nextSetHash)
  writer.u16(header.version).u8(header.flags)
}

export const readHeader = (reader: ByteReader): Header => {
  if (reader.u8() !== HEADER_FORMAT) reader.fail('unknown_format')
  const header: Header = {
    chainId: reader.hash(),
    epoch: reader.u64(),
    view: reader.u64(),
    height: reader.u64(),
    parentDigest: reader.hash(),
    timestampMs: reader.u64(),
    proposerIndex: reader.u16(),
    transactionCount: reader.u32(),
    transactionRoot: reader.hash(),
    stateRoot: reader.hash(),
    historyRoot: reader.hash(),
    authoritySetHash: reader.hash(),
    nextSetHash: reader.hash(),
    version: reader.u16(),
    flags: reader.u8(),
  }
  if ((header.flags & ~KNOWN_FLAGS) !== 0) reader.fail('unknown_format')
  return header
}
