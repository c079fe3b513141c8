import { expect, test } from 'vitest'
import { keyOf, PREFIXES, paymentPart, scopePart } from '#node/storage/key-map.ts'
import { OperationWriter } from '#node/storage/operation-writer.ts'
import { concat } from '#protocol/bytes.ts'
import { ZERO_HASH } from '#protocol/hash.ts'
import { PLACE, paymentId } from './machine.ts'

test('puts keep their bytes, however many and however long they are', () => {
  const writer = new OperationWriter()
  const texts = Array.from({ length: 600 }, (_, index) => `${index} é`.repeat((index * 7) % 300))
  texts.push('long ü'.repeat(40_000), 'after it')
  for (const [index, text] of texts.entries()) {
    writer.key(PREFIXES.record).u8(5).u32(index).value().text(text).utf8(text).end()
  }
  const operations = writer.finish()
  expect(operations.length).toBe(texts.length)
  for (const [index, text] of texts.entries()) {
    const operation = operations[index]
    const bytes = Buffer.from(text)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    const [high, low] = [index >> 8, index & 0xff]
    expect(operation?.key).toEqual(Uint8Array.of(PREFIXES.record, 5, 0, 0, high, low))
    const value = operation?.type === 'put' ? operation.value : []
    expect(Buffer.compare(Buffer.from(value), Buffer.concat([length, bytes, bytes]))).toBe(0)
  }
})

test('wherever the shared bytes end, both the put before and the put after are whole', () => {
  for (let room = 0; room <= 160; room++) {
    const writer = new OperationWriter()
    const filling = new Uint8Array(65_536 - 1 - room).fill(0x5a)
    writer.key(PREFIXES.meta).value().bytes(filling).end()
    writer.key(PREFIXES.payment).payment(paymentId(7)).scope(PLACE).u64(0x0102_0304_0506).value()
    writer.u8(1).u16(0x0203).u32(0x0405_0607).hash(ZERO_HASH).text('é').utf8('ab')
    writer.bytes(Uint8Array.of(8, 9)).end()
    const [first, second] = writer.finish()
    if (first?.type !== 'put' || second?.type !== 'put') throw new Error('no puts')
    expect([first.key.length, first.value.length]).toEqual([1, filling.length])
    expect(first.value.every((byte) => byte === 0x5a)).toBe(true)
    const number = Uint8Array.of(0, 0, 1, 2, 3, 4, 5, 6)
    expect(second.key).toEqual(
      keyOf(PREFIXES.payment, paymentPart(paymentId(7)), scopePart(PLACE), number),
    )
    const tail = Uint8Array.of(0, 0, 0, 2, 0xc3, 0xa9, 0x61, 0x62, 8, 9)
    expect(second.value).toEqual(
      concat(Uint8Array.of(1, 2, 3, 4, 5, 6, 7), new Uint8Array(32), tail),
    )
  }
})

test('numbers are big-endian, and what is no hexadecimal digit is refused', () => {
  const writer = new OperationWriter()
  writer.key(PREFIXES.meta).u16(0x0102).value().u64(Number.MAX_SAFE_INTEGER).hex('0aff').end()
  const put = writer.finish()[0]
  expect(put?.key).toEqual(Uint8Array.of(PREFIXES.meta, 1, 2))
  const value = put?.type === 'put' ? put.value : []
  expect([...value]).toEqual([0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0a, 0xff])
  expect(() => writer.hex('0x12')).toThrow('not hexadecimal')
  for (const none of [-1, 0.5, Number.NaN, 2 ** 53]) {
    for (const write of ['u8', 'u16', 'u32', 'u64'] as const) {
      expect(() => writer[write](none)).toThrow('not an unsigned integer')
    }
  }
  expect(() => writer.u8(256)).toThrow('up to 255')
})
