import { bytesToHex } from '@noble/hashes/utils.js'

/**
 * The y coordinates, without the bit of the sign, of all encodings of the eight points of small order,
 * the non-canonical ones included: the list of libsodium. Such a key proves nothing, since signatures
 * by it can be made without any secret.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Whether 32 bytes encode a point of small order. */
export const isSmallOrder = (key: Uint8Array): boolean => {
  const unsigned = Uint8Array.from(key)
  const last = key.length - 1
  unsigned[last] = (key[last] ?? 0) & 0x7f
  return SMALL_ORDER.has(bytesToHex(unsigned))
}
