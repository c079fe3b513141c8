import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Hash, writeHash } from '#protocol/hash.ts'

test('a hash is written as the 32 bytes that its digits name, where it is asked to be', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const into = new Uint8Array(40).fill(7)
      writeHash(Hash.parse(bytesToHex(bytes)), into, 5)
      expect([...into]).toEqual([...Array(5).fill(7), ...bytes, ...Array(3).fill(7)])
    }),
  )
})
