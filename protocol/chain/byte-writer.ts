import { writeAscii } from '#text-encoding'
import { concat, roomFor } from '../bytes.ts'
import { type Hash, writeHash } from '../hash.ts'

const FIRST_CAPACITY = 512
/** Up to so many characters are written one by one in less time than a call takes. */
const FEW = 16
const U32_RANGE = 0x1_0000_0000

/** Big-endian values written one after the other; the counterpart of `ByteReader`. */
export class ByteWriter {
  // No view of them: most values are short, and a view costs as much as their bytes.
  #bytes: Uint8Array
  #length = 0

  /** `room`: how many bytes are expected, or where they go; more are made when needed. */
  constructor(room: number | Uint8Array = FIRST_CAPACITY) {
    this.#bytes = typeof room === 'number' ? roomFor(room) : room
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
    const isWritten =
      text.length > FEW
        ? writeAscii(text, this.#bytes.subarray(at, this.#length))
        : this.#writeFew(text, at)
    if (isWritten) return this
    throw new RangeError('not ASCII')
  }

  /** What was written so far. */
  finish(): Uint8Array {
    const written = this.#bytes.subarray(0, this.#length)
    // Not kept: more room than was needed.
    return this.#bytes.length > 2 * this.#length ? concat(written) : written
  }

  #writeFew(text: string, at: number): boolean {
    let all = 0
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      all |= code
      this.#bytes[at + index] = code
    }
    return all < 0x80
  }

  #grow(length: number): number {
    const at = this.#length
    this.#length += length
    if (this.#length > this.#bytes.length) this.#enlarge()
    return at
  }

  #enlarge(): void {
    const larger = roomFor(Math.max(this.#length, this.#bytes.length * 2))
    larger.set(this.#bytes)
    this.#bytes = larger
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
