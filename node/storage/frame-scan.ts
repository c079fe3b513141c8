import { equalBytes } from '#protocol/bytes.ts'
import { FIRST_PREVIOUS, holdsLaterFrame, readFrame, type StoredFrame } from './frame.ts'

/** Where a chain of frames stands: what the next frame must carry. */
export type ChainPoint = { readonly seq: number; readonly previous: Uint8Array }

export const CHAIN_START: ChainPoint = { seq: 0, previous: FIRST_PREVIOUS }

/**
 * What a file holds from some offset on. `clean`: zeros follow the frames. `torn`: what follows them
 * can only be the last write, which was never acknowledged. `damaged`: anything else.
 */
export type FrameScan = {
  readonly frames: readonly StoredFrame[]
  /** Where the frames end. */
  readonly end: number
  /** Where the last byte that is not zero ends. */
  readonly used: number
  readonly tail: 'clean' | 'torn' | 'damaged'
  /** The bytes of the last frame: whether they were synced nobody knows. */
  readonly last: LastFrame | undefined
}

/** A frame and where it is, counted from where the scan began. */
export type LastFrame = { readonly offset: number; readonly bytes: Uint8Array }

/**
 * Reads frames one after the other. `from`: what the first one must carry, if known.
 *
 * A write is one frame, and the next is written only when it is synced. So a crash can spoil the
 * last frame alone, in any of its sectors: a whole frame with a later number, or bytes further away
 * than a frame is long, prove that something synced was lost.
 */
export const scanFrames = (
  bytes: Uint8Array,
  options: { readonly from?: ChainPoint; readonly frameMax: number },
): FrameScan => {
  const { frameMax } = options
  const frames: StoredFrame[] = []
  const used = usedLength(bytes)
  let point = options.from
  let end = 0
  for (;;) {
    const frame = readFrame(bytes, end, frameMax)
    if (frame === undefined) break
    if (point !== undefined && !continues(frame, point)) {
      return { frames, end, used, tail: 'damaged', last: lastIn(bytes, frames) }
    }
    frames.push(frame)
    point = pointAfter(frame)
    end += frame.length
  }
  const last = lastIn(bytes, frames)
  if (used <= end) return { frames, end, used: end, tail: 'clean', last }
  const lost =
    used - end > frameMax || holdsLaterFrame(bytes.subarray(end, used), seqOf(point), frameMax)
  return { frames, end, used, tail: lost ? 'damaged' : 'torn', last }
}

const lastIn = (bytes: Uint8Array, frames: readonly StoredFrame[]): LastFrame | undefined => {
  const frame = frames.at(-1)
  if (frame === undefined) return undefined
  const { offset, length } = frame
  return { offset, bytes: bytes.slice(offset, offset + length) }
}

export const pointAfter = ({ seq, hash }: StoredFrame): ChainPoint => ({
  seq: seq + 1,
  previous: hash,
})

const continues = (frame: StoredFrame, point: ChainPoint): boolean =>
  frame.seq === point.seq && equalBytes(frame.previous, point.previous)

const seqOf = (point: ChainPoint | undefined): number => point?.seq ?? 0

/** Length up to the last byte that is not zero. */
const usedLength = (bytes: Uint8Array): number => {
  let length = bytes.length
  while (length >= BLANK.length && isBlank(bytes.subarray(length - BLANK.length, length))) {
    length -= BLANK.length
  }
  while (length > 0 && bytes[length - 1] === 0) length -= 1
  return length
}

const BLANK = Buffer.alloc(4_096)
const isBlank = (chunk: Uint8Array): boolean => BLANK.equals(chunk)
