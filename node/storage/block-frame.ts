import { type Block, decodeBlock, encodedBlockLength, writeBlock } from '#protocol/chain/block.ts'
import { ByteReader } from '#protocol/chain/byte-reader.ts'
import { ByteWriter } from '#protocol/chain/byte-writer.ts'
import type { Hash } from '#protocol/hash.ts'
import { FRAME_OVERHEAD, type Frame, sealFrame } from './frame.ts'
import { BLOCKS_PER_FRAME_MAX } from './limits.ts'

/** Type of a frame of the block log: `(digest 32, length u32, block)` each. */
const BLOCKS_TYPE = 0xfe

/** What a frame says of one block before its bytes. */
export type FramedBlock = {
  readonly digest: Hash
  readonly bytes: Uint8Array
}

/**
 * The frame of one write, `frameLength` bytes in `room`, and what the next one names as its `previous`. Its
 * epoch is the last block's.
 */
export const encodeBlocks = (
  blocks: readonly Block[],
  { seq, previous }: { readonly seq: number; readonly previous: Uint8Array },
  room: Uint8Array,
): { readonly bytes: Uint8Array; readonly hash: Uint8Array } => {
  const writer = new ByteWriter(room).bytes(HEAD_ROOM)
  for (const block of blocks) {
    writer.hash(block.digest).u32(encodedBlockLength(block))
    writeBlock(writer, block)
  }
  const bytes = writer.finish()
  const epoch = blocks.at(-1)?.header.epoch ?? 0
  return { bytes, hash: sealFrame(bytes, { epoch, seq, type: BLOCKS_TYPE }, previous) }
}

const HEAD_ROOM = new Uint8Array(FRAME_OVERHEAD)

/** Bytes of the frame of these blocks. */
export const frameLength = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, block) => sum + framedLength(block), FRAME_OVERHEAD)

/** Bytes that a block takes in a frame. */
export const framedLength = (block: Block): number => 36 + encodedBlockLength(block)

/** The blocks of a frame, or undefined when they are not ones we write. */
export const blocksOfFrame = (frame: Frame): readonly FramedBlock[] | undefined => {
  const reader = new ByteReader(frame.payload)
  const blocks: FramedBlock[] = []
  while (!reader.failed && reader.remaining > 0 && blocks.length < BLOCKS_PER_FRAME_MAX) {
    blocks.push({
      digest: reader.hash(),
      bytes: reader.bytes(reader.u32()),
    })
  }
  const whole = reader.finish() === undefined
  return whole && frame.type === BLOCKS_TYPE ? blocks : undefined
}

/** The block itself, or undefined when its bytes are not those of its digest. */
export const blockOf = ({ bytes, digest }: FramedBlock): Block | undefined => {
  const decoded = decodeBlock(bytes)
  return decoded.ok && decoded.value.digest === digest ? decoded.value : undefined
}
