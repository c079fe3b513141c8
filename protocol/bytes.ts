import { utf8Bytes, writeUtf8 } from '#text-encoding'

/** Small byte strings share buffers of this size: one of its own costs more than filling it. */
const SHARED_BYTES = 16_384
/** The longest that shares; what is kept for long keeps its whole shared buffer. */
const SMALL_BYTES = SHARED_BYTES / 4
/** UTF-8 bytes of one UTF-16 unit, at most. */
const UNIT_BYTES = 3

let shared = new Uint8Array(SHARED_BYTES)
let view = new DataView(shared.buffer)
let used = 0

/** Where so many bytes, at most `SMALL_BYTES`, begin in the shared buffer. */
const take = (length: number): number => {
  if (used + length > SHARED_BYTES) {
    shared = new Uint8Array(SHARED_BYTES)
    view = new DataView(shared.buffer)
    used = 0
  }
  used += length
  return used - length
}

/** UTF-8 bytes of `text`. */
export const utf8 = (text: string): Uint8Array => {
  const most = text.length * UNIT_BYTES
  if (most > SMALL_BYTES) return utf8Bytes(text)
  const start = take(most)
  used = start + writeUtf8(text, shared.subarray(start))
  return shared.subarray(start, used)
}

/** The parts, one after the other. */
export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const part of parts) length += part.length
  const joined = roomFor(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Big-endian unsigned 32 bits. */
export const u32 = (value: number): Uint8Array => {
  const at = take(4)
  view.setUint32(at, value)
  return shared.subarray(at, at + 4)
}

/** Big-endian unsigned 64 bits of a safe integer. */
export const u64 = (value: number): Uint8Array => {
  const at = take(8)
  view.setBigUint64(at, BigInt(value))
  return shared.subarray(at, at + 8)
}

/** Whether two byte strings are equal. Not constant in time: never for secrets. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

/** Memory for so many bytes that nobody else writes to. */
export const roomFor = (length: number): Uint8Array => {
  if (length > SMALL_BYTES) return new Uint8Array(length)
  const at = take(length)
  return shared.subarray(at, at + length)
}
