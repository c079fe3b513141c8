import { type Block, encodedBlockLength, readBlock, writeBlock } from './block.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { type Finalization, readFinalization, writeCertificate } from './certificate.ts'
import { SEGMENT_BLOCKS_MAX } from './chain-limits.ts'

/** Final blocks one after the other, oldest first, the last named by the certificate. */
export type Segment = {
  readonly blocks: readonly Block[]
  readonly certificate: Finalization
}

/** Bytes of the blocks of a segment; a server keeps a response under `SEGMENT_BYTES_MAX`. */
export const segmentBlocksLength = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, block) => sum + encodedBlockLength(block), 0)

/** Certificate, count of blocks u32, then each block. */
export const writeSegment = (writer: ByteWriter, segment: Segment): void => {
  writeCertificate(writer, segment.certificate)
  writer.u32(segment.blocks.length)
  for (const block of segment.blocks) writeBlock(writer, block)
}

export const readSegment = (reader: ByteReader): Segment => {
  const certificate = readFinalization(reader)
  const count = reader.u32Max(SEGMENT_BLOCKS_MAX)
  const blocks: Block[] = []
  while (!reader.failed && blocks.length < count) blocks.push(readBlock(reader))
  if (blocks.length === 0) reader.fail('out_of_range')
  return { blocks, certificate }
}
