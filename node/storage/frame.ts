import { sha256 } from '#digest'
import { crc32c } from './crc32c.ts'

/**
 * One record of the journal or the block log: what one write brought, whole or not at all.
 * On disk: `len u32 | crc32c u32 | prevHash8 | epoch u64 | seq u64 | type u8 | payload`, big-endian;
 * `len` counts what follows the sum, the sum covers `len` and what follows the sum, and `prevHash8`
 * is the beginning of the SHA-256 of the frame before, zero for the first.
 */
export type Frame = {
  readonly epoch: number
  readonly seq: number
  readonly type: number
  readonly payload: Uint8Array
}

/** A frame where it lies. */
export type StoredFrame = Frame & {
  readonly offset: number
  /** Bytes of the whole frame. */
  readonly length: number
  readonly previous: Uint8Array
  /** First eight bytes of the SHA-256 of the whole frame. */
  readonly hash: Uint8Array
}

/** Bytes of a frame without payload. */
export const FRAME_OVERHEAD = 33
export const FIRST_PREVIOUS = new Uint8Array(8)

/** The frame and what the next one names as its `previous`. */
export const encodeFrame = (
  frame: Frame,
  previous: Uint8Array,
): { readonly bytes: Uint8Array; readonly hash: Uint8Array } => {
  const bytes = new Uint8Array(FRAME_OVERHEAD + frame.payload.length)
  bytes.set(frame.payload, FRAME_OVERHEAD)
  return { bytes, hash: sealFrame(bytes, frame, previous) }
}

/**
 * Makes a frame of bytes whose payload is there already, behind `FRAME_OVERHEAD` bytes: that of a block
 * is too long to be copied for it. Gives what the next frame names as its `previous`.
 */
export const sealFrame = (
  bytes: Uint8Array,
  { epoch, seq, type }: Omit<Frame, 'payload'>,
  previous: Uint8Array,
): Uint8Array => {
  const view = viewOf(bytes)
  view.setUint32(0, bytes.length - HEAD_BYTES)
  bytes.set(previous, PREVIOUS_AT)
  view.setBigUint64(EPOCH_AT, BigInt(epoch))
  view.setBigUint64(SEQ_AT, BigInt(seq))
  view.setUint8(TYPE_AT, type)
  view.setInt32(4, sumOf(bytes))
  return hashOfFrame(bytes)
}

/** The frame at `offset`, or undefined unless a whole one with the right sum lies there. */
export const readFrame = (
  bytes: Uint8Array,
  offset: number,
  frameMax: number,
): StoredFrame | undefined => {
  const whole = frameAt(bytes, offset, frameMax)
  if (whole === undefined) return undefined
  const view = viewOf(whole)
  const epoch = Number(view.getBigUint64(EPOCH_AT))
  const seq = Number(view.getBigUint64(SEQ_AT))
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(seq)) return undefined
  return {
    epoch,
    seq,
    type: view.getUint8(TYPE_AT),
    payload: whole.subarray(FRAME_OVERHEAD),
    offset,
    length: whole.length,
    previous: whole.subarray(PREVIOUS_AT, EPOCH_AT),
    hash: hashOfFrame(whole),
  }
}

/** Whether a whole frame that comes after `seq` begins anywhere in `bytes`. */
export const holdsLaterFrame = (bytes: Uint8Array, seq: number, frameMax: number): boolean => {
  const view = viewOf(bytes)
  const seqMax = seq + bytes.length
  for (let offset = 0; offset + FRAME_OVERHEAD <= bytes.length; offset++) {
    if (view.getUint16(offset + SEQ_AT) !== 0) continue
    const found = Number(view.getBigUint64(offset + SEQ_AT))
    if (found <= seq || found > seqMax) continue
    if (frameAt(bytes, offset, frameMax) !== undefined) return true
  }
  return false
}

const HEAD_BYTES = 8
const PREVIOUS_AT = 8
const EPOCH_AT = 16
const SEQ_AT = 24
const TYPE_AT = 32

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const frameAt = (bytes: Uint8Array, offset: number, frameMax: number): Uint8Array | undefined => {
  const rest = bytes.length - offset
  if (rest < FRAME_OVERHEAD) return undefined
  const view = viewOf(bytes)
  const length = view.getUint32(offset) + HEAD_BYTES
  if (length < FRAME_OVERHEAD || length > Math.min(rest, frameMax)) return undefined
  const whole = bytes.subarray(offset, offset + length)
  return view.getInt32(offset + 4) === sumOf(whole) ? whole : undefined
}

const sumOf = (frame: Uint8Array): number =>
  crc32c(frame.subarray(HEAD_BYTES), crc32c(frame.subarray(0, 4)))

const hashOfFrame = (frame: Uint8Array): Uint8Array => sha256(frame).slice(0, 8)
