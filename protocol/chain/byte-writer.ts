import { writeAscii } from '#text-encoding'
import { type Hash, writeHash } from '../hash.ts'

const FIRST_CAPACITY = 512
const U32_RANGE = 0x1_0000_0000

/** Big-endian values written one after the other; the counterpart of `ByteReader`. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  /** `capacity`: bytes expected; more are made when needed. */
  constructor(capacity: number = FIRST_CAPACITY) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  u8(value: number): this {
    const at = this.#grow(1)
    this.#view.setUint8(at, inRange(value, 0xff))
    return this
  }

  u16(value: number): this {
    const at = this.#grow(2)
    this.#view.setUint16(at, inRange(value, 0xffff))
    return this
  }

  u32(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, inRange(value, U32_RANGE - 1))
    return this
  }

  u64(value: number): this {
    const at = this.#grow(8)
    const checked = inRange(value, Number.MAX_SAFE_INTEGER)
    this.#view.setUint32(at, Math.floor(checked / U32_RANGE))
    this.#view.setUint32(at + 4, checked % U32_RANGE)
    return this
  }

  bit(value: boolean): this {
    return this.u8(value ? 1 : 0)
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

  /** ASCII text, one byte a character. */
  ascii(text: string): this {
    const at = this.#grow(text.length)
    if (writeAscii(text, this.#bytes.subarray(at, this.#length))) return this
    throw new RangeError('not ASCII')
  }

  /** What was written so far. */
  finish(): Uint8Array {
    return this.#bytes.length === this.#length ? this.#bytes : this.#bytes.slice(0, this.#length)
  }

  #grow(length: number): number {
    const at = this.#length
    this.#length += length
    if (this.#length > this.#bytes.length) this.#enlarge()
    return at
  }

  #enlarge(): void {
    const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

const inRange = (value: number, max: number): number => {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new RangeError(`not an unsigned integer up to ${max}: ${value}`)
}
