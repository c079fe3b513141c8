import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as native from '#protocol/primitives/signature-node.ts'
import * as portable from '#protocol/primitives/signature-portable.ts'
import vectors from '../../vectors/signature-edge-cases.json' with { type: 'json' }

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

/** `value` as 32 little-endian bytes. */
const littleEndian = (value: bigint): Uint8Array =>
  hexToBytes(value.toString(16).padStart(64, '0')).toReversed()

const toBigInt = (littleEndianBytes: Uint8Array): bigint =>
  BigInt(`0x${bytesToHex(littleEndianBytes.toReversed())}`)

describe.each([
  ['native', native],
  ['portable', portable],
])('the %s signature rule', (_, implementation) => {
  test.each(vectors.cases)('case $number: $name', ({ message, publicKey, signature, valid }) => {
    expect(
      implementation.verifySignature(
        hexToBytes(signature),
        hexToBytes(message),
        hexToBytes(publicKey),
      ),
    ).toBe(valid)
  })

  test.each(vectors.rfc8032)('RFC 8032, $name', ({ secret, publicKey, message, signature }) => {
    const seed = hexToBytes(secret)
    expect(bytesToHex(implementation.publicKeyOf(seed))).toBe(publicKey)
    expect(bytesToHex(implementation.sign(hexToBytes(message), seed))).toBe(signature)
    expect(bytesToHex(implementation.keyPairOf(seed).sign(hexToBytes(message)))).toBe(signature)
    expect(
      implementation.verifySignature(
        hexToBytes(signature),
        hexToBytes(message),
        hexToBytes(publicKey),
      ),
    ).toBe(true)
  })

  const seed = new Uint8Array(32).fill(7)
  const message = Uint8Array.of(1, 2, 3)
  const key = implementation.publicKeyOf(seed)
  const signature = implementation.sign(message, seed)

  test.each([
    ['no signature', new Uint8Array(0), key],
    ['63 bytes of signature', signature.subarray(0, 63), key],
    ['65 bytes of signature', Uint8Array.of(...signature, 0), key],
    ['31 bytes of key', signature, key.subarray(0, 31)],
    ['33 bytes of key', signature, Uint8Array.of(...key, 0)],
    ['a key that is no point', signature, littleEndian(2n)],
    ['S increased by the group order', withS((s) => s + ORDER), key],
    ['S negated', withS((s) => ORDER - s), key],
  ])('%s is false', (_name, candidate, candidateKey) => {
    expect(implementation.verifySignature(candidate, message, candidateKey)).toBe(false)
  })

  test('views into a larger buffer are read where they lie', () => {
    const buffer = new Uint8Array(200).fill(0xee)
    buffer.set(signature, 3)
    buffer.set(message, 70)
    buffer.set(key, 101)
    expect(
      implementation.verifySignature(
        buffer.subarray(3, 67),
        buffer.subarray(70, 73),
        buffer.subarray(101, 133),
      ),
    ).toBe(true)
    buffer.set(seed, 140)
    const view = buffer.subarray(140, 172)
    expect(implementation.publicKeyOf(view)).toEqual(key)
    expect(implementation.sign(buffer.subarray(70, 73), view)).toEqual(signature)
  })

  test('a signer keeps its seed when the caller forgets it', () => {
    const given = seed.slice()
    const signer = implementation.keyPairOf(given).sign
    given.fill(0)
    expect(signer(message)).toEqual(signature)
  })

  test('a seed of another length is our mistake', () => {
    expect(() => implementation.publicKeyOf(new Uint8Array(31))).toThrow()
    expect(() => implementation.sign(message, new Uint8Array(64))).toThrow()
  })

  function withS(change: (s: bigint) => bigint): Uint8Array {
    const s = littleEndian(change(toBigInt(signature.subarray(32))))
    return Uint8Array.of(...signature.subarray(0, 32), ...s)
  }
})

describe('both signature rules are one', () => {
  const both = (signature: Uint8Array, message: Uint8Array, key: Uint8Array) => [
    native.verifySignature(signature, message, key),
    portable.verifySignature(signature, message, key),
  ]

  test('they sign alike and accept each other', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 200 }), (seed, message) => {
        const signature = native.sign(message, seed)
        const key = native.publicKeyOf(seed)
        expect(portable.sign(message, seed)).toEqual(signature)
        expect(portable.publicKeyOf(seed)).toEqual(key)
        expect(both(signature, message, key)).toEqual([true, true])
      }),
      { numRuns: 30 },
    )
  })

  test('they refuse alike when one bit is another', () => {
    fc.assert(
      fc.property(bytes(32), fc.nat(64 * 8 + 32 * 8 - 1), (seed, bit) => {
        const message = Uint8Array.of(9)
        const joined = Uint8Array.of(...native.sign(message, seed), ...native.publicKeyOf(seed))
        joined[bit >> 3] = (joined[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(both(joined.subarray(0, 64), message, joined.subarray(64))).toEqual([false, false])
      }),
      { numRuns: 60 },
    )
  })

  test('they judge alike what is put together from dangerous parts', () => {
    const points = fc.oneof(
      fc.constantFrom(...vectors.smallOrder.map(hexToBytes)),
      fc.constantFrom(...vectors.cases.map(({ publicKey }) => hexToBytes(publicKey))),
      fc.constantFrom(...vectors.cases.map(({ signature }) => hexToBytes(signature.slice(0, 64)))),
      fc.bigInt(2n ** 255n - 19n, 2n ** 255n + 20n).map((y) => littleEndian(y)),
      bytes(32),
    )
    const scalars = fc.oneof(
      fc
        .constantFrom(0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 253n, 2n ** 256n - 1n)
        .map(littleEndian),
      fc.constantFrom(...vectors.cases.map(({ signature }) => hexToBytes(signature.slice(64)))),
      bytes(32),
    )
    const messages = fc.constantFrom(...vectors.cases.map(({ message }) => hexToBytes(message)))
    fc.assert(
      fc.property(points, scalars, messages, points, (r, s, message, key) => {
        const [byNative, byPortable] = both(Uint8Array.of(...r, ...s), message, key)
        expect(byPortable).toBe(byNative)
      }),
      { numRuns: 150 },
    )
  })
})
