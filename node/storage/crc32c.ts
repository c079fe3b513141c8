/**
 * CRC-32C (Castagnoli; RFC 3720 appendix B.4) of `bytes`, an unsigned 32-bit number. `before` is the
 * sum of what comes before them, so that a sum can be taken part by part.
 */
export const crc32c = (bytes: Uint8Array, before = 0): number => {
  let sum = ~before
  for (let index = 0; index < bytes.length; index++) {
    sum = (TABLE[(sum ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (sum >>> 8)
  }
  return ~sum >>> 0
}

const POLYNOMIAL = 0x82f63b78
// Signed, as every bitwise result is: for unsigned entries the loop was compiled anew at each call.
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1
  return sum
})
