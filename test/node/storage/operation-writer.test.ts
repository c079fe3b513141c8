import { expect, test } from 'vitest'
import { keyOf, PREFIXES, paymentPart, scopePart } from '#node/storage/key-map.ts'
import { concat } from '#protocol/bytes.ts'
import { ZERO_HASH } from '#protocol/hash.ts'
import { CARD_WALLET, PLACE, paymentId } from './machine.ts'
import { putsOf } from './puts.ts'

test('puts have their bytes, however many and however long they are', () => {
  const texts = Array.from({ length: 600 }, (_, index) => `${index} é`.repeat((index * 7) % 300))
  texts.push('long ü'.repeat(40_000), 'after it')
  const puts = putsOf((writer) => {
    for (const [index, text] of texts.entries()) {
      writer.key(PREFIXES.record).u8(5).u32(index).value().text(text).utf8(text).end()
    }
  })
  expect(puts.length).toBe(texts.length)
  for (const [index, text] of texts.entries()) {
    const bytes = Buffer.from(text)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    const [high, low] = [index >> 8, index & 0xff]
    const put = puts[index]
    expect(put?.key).toEqual(Uint8Array.of(PREFIXES.record, 5, 0, 0, high, low))
    const value = Buffer.from(put?.value ?? [])
    expect(Buffer.compare(value, Buffer.concat([length, bytes, bytes]))).toBe(0)
  }
})

test('wherever the bytes end, a put that makes them grow is whole', () => {
  for (let room = 0; room <= 160; room++) {
    const filling = new Uint8Array(65_536 - 128 - room).fill(0x5a)
    const [put, after] = putsOf((writer) => {
      writer.key(PREFIXES.payment).payment(paymentId(7)).scope(PLACE).u64(0x0102_0304_0506).value()
      writer.bytes(filling)
      writer.u8(1).u16(0x0203).u32(0x0405_0607).hash(ZERO_HASH).text('é').utf8('ab')
      writer.id(PLACE).bytes(Uint8Array.of(8, 9)).end()
      writer.key(PREFIXES.meta).scope(PLACE).scope(CARD_WALLET).scope(PLACE).value().u8(7).end()
    })
    const number = Uint8Array.of(0, 0, 1, 2, 3, 4, 5, 6)
    expect(put?.key).toEqual(
      keyOf(PREFIXES.payment, paymentPart(paymentId(7)), scopePart(PLACE), number),
    )
    const middle = concat(Uint8Array.of(1, 2, 3, 4, 5, 6, 7), new Uint8Array(32))
    const text = Uint8Array.of(0, 0, 0, 2, 0xc3, 0xa9, 0x61, 0x62)
    const tail = concat(middle, text, scopePart(PLACE).subarray(1), Uint8Array.of(8, 9))
    const value = put?.value ?? new Uint8Array(0)
    expect(value.subarray(0, filling.length).every((byte) => byte === 0x5a)).toBe(true)
    expect(value.subarray(filling.length)).toEqual(tail)
    const scopes = [PLACE, CARD_WALLET, PLACE].map(scopePart)
    expect(after).toEqual({ key: keyOf(PREFIXES.meta, ...scopes), value: Uint8Array.of(7) })
  }
})

test('numbers are big-endian, and none that does not fit is written', () => {
  const [put] = putsOf((writer) => {
    writer.key(PREFIXES.meta).u16(0x0102).value().u64(Number.MAX_SAFE_INTEGER).end()
    for (const none of [-1, 0.5, Number.NaN, 2 ** 53]) {
      for (const write of ['u8', 'u16', 'u32', 'u64'] as const) {
        expect(() => writer[write](none)).toThrow('not an unsigned integer')
      }
    }
    expect(() => writer.u8(256)).toThrow('up to 255')
  })
  expect(put?.key).toEqual(Uint8Array.of(PREFIXES.meta, 1, 2))
  expect([...(put?.value ?? [])]).toEqual([0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
})

test('a key longer than there is room for is refused', () => {
  putsOf((writer) => {
    writer.key(PREFIXES.meta).bytes(new Uint8Array(127)).value().end()
    expect(() => writer.key(PREFIXES.meta).bytes(new Uint8Array(128)).value()).toThrow('129 bytes')
  })
})
