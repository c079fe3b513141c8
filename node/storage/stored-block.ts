import type { ByteReader } from '#protocol/chain/byte-reader.ts'
import { ByteWriter } from '#protocol/chain/byte-writer.ts'
import { type Decoded, decodeWith } from '#protocol/chain/decoded.ts'
import { type Header, readHeader, writeHeader } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import { Outcome } from '#protocol/transaction/outcome.ts'
import { type BlockPosition, readPosition, writePosition } from './block-position.ts'
import type { LedgerPlace } from './key-map.ts'
import type { OperationWriter } from './operation-writer.ts'

/** A final block as the index knows it; genesis has no body, and so no position. */
export type StoredBlock = {
  readonly header: Header
  readonly digest: Hash
  readonly position: BlockPosition | undefined
}

/** Where a transaction is, and how it ended. */
export type TransactionEnd = LedgerPlace & { readonly hash: Hash; readonly outcome: Outcome }

/** The newest final block that is committed. */
export type AppliedPoint = { readonly height: number; readonly digest: Hash }

/**
 * The applied point as it is stored. `readFrom`: where a block above it lies that was logged before it: a
 * block is logged when it is voted for, and its ancestors sometimes only when they are final.
 */
export type StoredApplied = AppliedPoint & { readonly readFrom?: BlockPosition }

export const encodeStoredBlock = ({ header, digest, position }: StoredBlock): Uint8Array => {
  const writer = new ByteWriter().hash(digest).bit(position !== undefined)
  if (position !== undefined) writePosition(writer, position)
  writeHeader(writer, header)
  return writer.finish()
}

export const decodeStoredBlock = (bytes: Uint8Array): Decoded<StoredBlock> =>
  decodeWith(bytes, readStoredBlock)

export const writeTransactionEnd = (writer: OperationWriter, end: TransactionEnd): void => {
  writer.u64(end.height).u32(end.index).hash(end.hash).utf8(end.outcome)
}

export const decodeTransactionEnd = (bytes: Uint8Array): Decoded<TransactionEnd> =>
  decodeWith(bytes, readTransactionEnd)

/** Height u64, digest; then, if there is one, the place to read the block log from. */
export const writeApplied = (
  writer: OperationWriter,
  { height, digest, readFrom }: StoredApplied,
): void => {
  writer.u64(height).hash(digest)
  if (readFrom === undefined) return
  const { segment, offset, length, index } = readFrom
  writer.u32(segment).u32(offset).u32(length).u32(index)
}

export const decodeApplied = (bytes: Uint8Array): Decoded<StoredApplied> =>
  decodeWith(bytes, (reader) => {
    const point = { height: reader.u64(), digest: reader.hash() }
    return reader.remaining === 0 ? point : { ...point, readFrom: readPosition(reader) }
  })

export const decodeHeight = (bytes: Uint8Array): Decoded<number> =>
  decodeWith(bytes, (reader) => reader.u64())

const readStoredBlock = (reader: ByteReader): StoredBlock => {
  const digest = reader.hash()
  const position = reader.bit() ? readPosition(reader) : undefined
  return { digest, position, header: readHeader(reader) }
}

const readTransactionEnd = (reader: ByteReader): TransactionEnd => {
  const place = { height: reader.u64(), index: reader.u32(), hash: reader.hash() }
  const outcome = Outcome.safeParse(reader.ascii(reader.remaining))
  if (!outcome.success) reader.fail('out_of_range')
  return { ...place, outcome: outcome.data ?? 'applied' }
}
