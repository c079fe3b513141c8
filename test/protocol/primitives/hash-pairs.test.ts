import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256 } from '#digest'
import * as native from '#protocol/primitives/hash-pairs-node.ts'
import * as portable from '#protocol/primitives/hash-pairs-portable.ts'

/** SHA-256 of 64 zero bytes: the empty Merkle tree of depth 1 in every chain that has one. */
const ZERO_PAIR = 'f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b'

describe.each([
  ['native', native.hashPairs],
  ['portable', portable.hashPairs],
])('%s hashPairs', (_, hashPairs) => {
  test('hashes each pair', () => {
    const output = new Uint8Array(64)
    hashPairs(new Uint8Array(128), output)
    expect(bytesToHex(output)).toBe(ZERO_PAIR + ZERO_PAIR)
  })

  test('takes no pair at all', () => {
    const output = new Uint8Array(0)
    hashPairs(new Uint8Array(0), output)
    expect(output.length).toBe(0)
  })

  test.each([
    [63, 32],
    [64, 31],
    [64, 64],
    [128, 32],
    [0, 32],
  ])('refuses %d bytes into %d', (input, output) => {
    expect(() => hashPairs(new Uint8Array(input), new Uint8Array(output))).toThrow(RangeError)
  })

  test('leaves the bytes around its views alone', () => {
    const around = new Uint8Array(40)
    hashPairs(new Uint8Array(70).subarray(3, 67), around.subarray(5, 37))
    expect(around.subarray(5, 37)).toEqual(hexToBytes(ZERO_PAIR))
    expect([...around.subarray(0, 5), ...around.subarray(37)]).toEqual(Array(8).fill(0))
  })
})

test('both hashPairs are one, and SHA-256 of each pair', () => {
  const pairs = fc.array(fc.uint8Array({ minLength: 64, maxLength: 64 }), { maxLength: 20 })
  fc.assert(
    fc.property(pairs, (list) => {
      const input = Uint8Array.from(list.flatMap((pair) => [...pair]))
      const byNative = new Uint8Array(list.length * 32)
      const byPortable = new Uint8Array(list.length * 32)
      native.hashPairs(input, byNative)
      portable.hashPairs(input, byPortable)
      expect(byPortable).toEqual(byNative)
      expect([...byNative]).toEqual(list.flatMap((pair) => [...sha256(pair)]))
    }),
  )
})
