import { sha256 } from '@noble/hashes/sha2.js'

/**
 * SHA-256 of each 64-byte pair of `input` (n × 64 bytes), written one after the other into
 * `output` (n × 32 bytes). Runs anywhere; equal to the native one. Throws a RangeError when the
 * lengths do not fit, which is our mistake.
 */
export const hashPairs = (input: Uint8Array, output: Uint8Array): void => {
  if (input.length % 64 !== 0 || output.length * 2 !== input.length) {
    throw new RangeError(`pairs of ${input.length} bytes do not fit ${output.length} bytes`)
  }
  for (let pair = 0; pair < input.length / 64; pair++) {
    output.set(sha256(input.subarray(pair * 64, pair * 64 + 64)), pair * 32)
  }
}
