import { digitOf, type Hash, writeHash } from '#protocol/hash.ts'
import { type IdKind, type IdOf, writeIdBytes } from '#protocol/id.ts'
import type { Scope } from '#protocol/state/record.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { ChangeTaker } from './changes.ts'
import { kindOf, type Prefix } from './key-map.ts'

/** Where the value begins: no key is longer. */
const KEY_BYTES_MAX = 128
/** The events of a block of some hundred payments; larger ones make the bytes grow. */
const FIRST_BYTES = 65_536
/** The longest value that shares one view with others of its length: nearly every record. */
const SMALL_BYTES = 1_024
/** UTF-8 bytes of one UTF-16 unit, at most. */
const UNIT_BYTES = 3
const ID_BYTES = 32
const U32_RANGE = 0x1_0000_0000
const CODE_OF_DASH = 0x2d

/**
 * Puts of one batch: `key`, its parts, `value`, its parts, `end`. All are written into the same bytes, one
 * after the other, and most are handed over in the same few views: a segment has thousands of them, and
 * memory of its own for each costs more than what is written into it. Numbers are big-endian.
 */
export class OperationWriter {
  readonly #taker: ChangeTaker
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  /** Views of keys and of small values, by length. */
  #keys: Uint8Array[] = []
  #values: Uint8Array[] = []
  #keyLength = 0
  /** Where the next part goes. */
  #at = 0
  /** The scope written last, and its bytes: most payments of a block have the same. */
  #scope: Scope | undefined
  readonly #scopeBytes = new Uint8Array(1 + ID_BYTES)

  constructor(taker: ChangeTaker) {
    this.#taker = taker
  }

  /** Begins a put under a prefix. */
  key(prefix: Prefix): this {
    this.#at = 0
    return this.u8(prefix)
  }

  /** The key is whole; what follows is the value. */
  value(): this {
    this.#endKey()
    this.#at = KEY_BYTES_MAX
    return this
  }

  /** The value is whole. */
  end(): void {
    this.#taker.put(this.#key(), this.#value())
  }

  u8(value: number): this {
    const at = this.#grow(1)
    this.#bytes[at] = inRange(value, 0xff)
    return this
  }

  u16(value: number): this {
    const at = this.#grow(2)
    const checked = inRange(value, 0xffff)
    this.#bytes[at] = checked >>> 8
    this.#bytes[at + 1] = checked
    return this
  }

  u32(value: number): this {
    const at = this.#grow(4)
    this.#setU32(at, inRange(value, U32_RANGE - 1))
    return this
  }

  u64(value: number): this {
    const at = this.#grow(8)
    const checked = inRange(value, Number.MAX_SAFE_INTEGER)
    this.#setU32(at, Math.floor(checked / U32_RANGE))
    this.#setU32(at + 4, checked % U32_RANGE)
    return this
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
    return this
  }

  hash(value: Hash): this {
    const at = this.#grow(32)
    writeHash(value, this.#bytes, at)
    return this
  }

  id(value: IdOf[IdKind]): this {
    const at = this.#grow(ID_BYTES)
    writeIdBytes(value, this.#bytes, at)
    return this
  }

  /** The 16 bytes of a payment id. */
  payment(id: PaymentId): this {
    let at = this.#grow(16)
    for (let index = 0; index < id.length; index += 2) {
      if (id.charCodeAt(index) === CODE_OF_DASH) index += 1
      this.#bytes[at] = (digitOf(id.charCodeAt(index)) << 4) | digitOf(id.charCodeAt(index + 1))
      at += 1
    }
    return this
  }

  /** A kind byte and the 32 bytes of the id. */
  scope(scope: Scope): this {
    if (scope !== this.#scope) {
      this.#scopeBytes[0] = kindOf(scope)
      writeIdBytes(scope, this.#scopeBytes, 1)
      this.#scope = scope
    }
    return this.bytes(this.#scopeBytes)
  }

  /** UTF-8 bytes without their length. */
  utf8(text: string): this {
    const at = this.#grow(text.length * UNIT_BYTES)
    this.#at = at + this.#bytes.write(text, at)
    return this
  }

  /** UTF-8 bytes after their length, a u32. */
  text(text: string): this {
    const at = this.#grow(4 + text.length * UNIT_BYTES)
    const length = this.#bytes.write(text, at + 4)
    this.#setU32(at, length)
    this.#at = at + 4 + length
    return this
  }

  #endKey(): void {
    if (this.#at > KEY_BYTES_MAX) throw new RangeError(`a key of ${this.#at} bytes`)
    this.#keyLength = this.#at
  }

  #key(): Uint8Array {
    const length = this.#keyLength
    const known = this.#keys[length]
    if (known !== undefined) return known
    const key = this.#part(0, length)
    this.#keys[length] = key
    return key
  }

  #value(): Uint8Array {
    const length = this.#at - KEY_BYTES_MAX
    if (length > SMALL_BYTES) return this.#part(KEY_BYTES_MAX, length)
    const known = this.#values[length]
    if (known !== undefined) return known
    const value = this.#part(KEY_BYTES_MAX, length)
    this.#values[length] = value
    return value
  }

  #part(from: number, length: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, from, length)
  }

  /** Where so many bytes go. Before anything takes hold of the bytes: they may be others then. */
  #grow(length: number): number {
    const at = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) this.#enlarge(at)
    return at
  }

  #enlarge(used: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * this.#at)
    larger.set(this.#bytes.subarray(0, used))
    this.#bytes = larger
    this.#keys = []
    this.#values = []
  }

  #setU32(at: number, value: number): void {
    this.#bytes[at] = value >>> 24
    this.#bytes[at + 1] = value >>> 16
    this.#bytes[at + 2] = value >>> 8
    this.#bytes[at + 3] = value
  }
}

const inRange = (value: number, max: number): number => {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new RangeError(`not an unsigned integer up to ${max}: ${value}`)
}
