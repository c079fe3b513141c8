/**
 * CRC-32C (Castagnoli; RFC 3720 appendix B.4) of `bytes` as a signed 32-bit number. `before` is the
 * sum of what comes before them, so that a sum can be taken part by part. Signed, because half of all
 * unsigned sums leave V8's small integers, and each such result threw the compiled code away.
 */
export const crc32c = (bytes: Uint8Array, before = 0): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const blocks = bytes.length - (bytes.length % BLOCK)
  let sum = ~before
  let at = 0
  for (; at < blocks; at += BLOCK) {
    const low = sum ^ view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    sum =
      entry(0x700 | (low & 0xff)) ^
      entry(0x600 | ((low >>> 8) & 0xff)) ^
      entry(0x500 | ((low >>> 16) & 0xff)) ^
      entry(0x400 | (low >>> 24)) ^
      entry(0x300 | (high & 0xff)) ^
      entry(0x200 | ((high >>> 8) & 0xff)) ^
      entry(0x100 | ((high >>> 16) & 0xff)) ^
      entry(high >>> 24)
  }
  for (; at < bytes.length; at++) sum = entry((sum ^ byteAt(bytes, at)) & 0xff) ^ (sum >>> 8)
  return ~sum
}

/** Bytes taken in one step (Kounavis and Berry 2005, "slicing by eight"). */
const BLOCK = 8
const POLYNOMIAL = 0x82f63b78

/** Entry `256 × zeros + byte`: the sum of that byte followed by so many zero bytes. */
const TABLE = new Int32Array(256 * BLOCK)
for (let byte = 0; byte < 256; byte++) {
  let sum = byte
  for (let zeros = 0; zeros < BLOCK; zeros++) {
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1
    TABLE[256 * zeros + byte] = sum
  }
}

const entry = (index: number): number => TABLE[index] ?? 0
const byteAt = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0
