import type { Hash } from '#protocol/hash.ts'
import { type IdKind, type IdOf, idBytes } from '#protocol/id.ts'
import type { Scope } from '#protocol/state/record.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { kindOf, type Prefix } from './key-map.ts'
import type { Operation } from './key-value-port.ts'

/** Bytes made at a time: small enough to come from the heap of the process, not as fresh pages. */
const CHUNK_BYTES = 65_536
/** UTF-8 bytes of one UTF-16 unit, at most. */
const UNIT_BYTES = 3
const U32_RANGE = 0x1_0000_0000

/**
 * Puts of one batch, written into shared bytes: `key`, its parts, `value`, its parts, `end`. A
 * segment has hundreds of small keys and values, and an array of its own for each costs more than
 * what is written into it. Numbers are big-endian.
 */
export class OperationWriter {
  readonly #operations: Operation[] = []
  #bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  /** Where the operation begins, where its value does, and what is written. */
  #start = 0
  #valueAt = 0
  #length = 0

  /** Begins a put under a prefix. */
  key(prefix: Prefix): this {
    this.#start = this.#length
    return this.u8(prefix)
  }

  /** The key is whole; what follows is the value. */
  value(): this {
    this.#valueAt = this.#length
    return this
  }

  /** The value is whole. */
  end(): void {
    this.#operations.push({
      type: 'put',
      key: this.#part(this.#start, this.#valueAt),
      value: this.#part(this.#valueAt, this.#length),
    })
  }

  u8(value: number): this {
    const at = this.#grow(1)
    this.#bytes[at] = inRange(value, 0xff)
    return this
  }

  u16(value: number): this {
    const at = this.#grow(2)
    this.#bytes.writeUInt16BE(inRange(value, 0xffff), at)
    return this
  }

  u32(value: number): this {
    const at = this.#grow(4)
    this.#bytes.writeUInt32BE(inRange(value, U32_RANGE - 1), at)
    return this
  }

  u64(value: number): this {
    const whole = inRange(value, Number.MAX_SAFE_INTEGER)
    return this.u32(Math.floor(whole / U32_RANGE)).u32(whole % U32_RANGE)
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
    return this
  }

  hash(value: Hash): this {
    return this.hex(value)
  }

  /** Hexadecimal digits, two a byte. */
  hex(digits: string): this {
    const at = this.#grow(digits.length / 2)
    if (this.#bytes.write(digits, at, 'hex') === digits.length / 2) return this
    throw new RangeError('not hexadecimal')
  }

  id(value: IdOf[IdKind]): this {
    return this.bytes(idBytes(value))
  }

  /** The 16 bytes of a payment id. */
  payment(id: PaymentId): this {
    return this.hex(id.replaceAll('-', ''))
  }

  /** A kind byte and the 32 bytes of the id. */
  scope(scope: Scope): this {
    return this.u8(kindOf(scope)).id(scope)
  }

  /** UTF-8 bytes without their length. */
  utf8(text: string): this {
    const at = this.#grow(text.length * UNIT_BYTES)
    this.#length = at + this.#bytes.write(text, at)
    return this
  }

  /** UTF-8 bytes after their length, a u32. */
  text(text: string): this {
    const at = this.#grow(4 + text.length * UNIT_BYTES)
    const length = this.#bytes.write(text, at + 4)
    this.#bytes.writeUInt32BE(length, at)
    this.#length = at + 4 + length
    return this
  }

  /** What was put, in order. */
  finish(): readonly Operation[] {
    return this.#operations
  }

  #part(from: number, to: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, from, to - from)
  }

  /** Where so many bytes go. Before anything takes hold of the bytes: they may be others then. */
  #grow(length: number): number {
    if (this.#length + length > this.#bytes.length) this.#renew(length)
    const at = this.#length
    this.#length += length
    return at
  }

  /** Takes what is written of this operation along into new bytes: those before are in use. */
  #renew(length: number): void {
    const begun = this.#bytes.subarray(this.#start, this.#length)
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * (begun.length + length)))
    this.#bytes.set(begun)
    this.#valueAt -= this.#start
    this.#length = begun.length
    this.#start = 0
  }
}

const inRange = (value: number, max: number): number => {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new RangeError(`not an unsigned integer up to ${max}: ${value}`)
}
