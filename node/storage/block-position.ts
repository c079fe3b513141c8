import type { ByteReader } from '#protocol/chain/byte-reader.ts'
import type { ByteWriter } from '#protocol/chain/byte-writer.ts'

/** Where a block lies in the block log. */
export type BlockPosition = {
  /** Number of the segment, from 0. */
  readonly segment: number
  /** First byte of the frame, and its length. */
  readonly offset: number
  readonly length: number
  /** Which block of the frame, from 0. */
  readonly index: number
}

/** Whether a block lies in an earlier frame than another. */
export const isBefore = (one: BlockPosition, other: BlockPosition): boolean =>
  one.segment === other.segment ? one.offset < other.offset : one.segment < other.segment

/** segment u32, offset u32, length u32, index u32. */
export const writePosition = (writer: ByteWriter, position: BlockPosition): void => {
  writer.u32(position.segment).u32(position.offset).u32(position.length).u32(position.index)
}

export const readPosition = (reader: ByteReader): BlockPosition => ({
  segment: reader.u32(),
  offset: reader.u32(),
  length: reader.u32(),
  index: reader.u32(),
})
