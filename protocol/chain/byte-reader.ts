import { textsIn } from '#text-encoding'
import { type Hash, hashOfHex, ZERO_HASH } from '../hash.ts'
import type { TextsInBytes } from '../texts-in-bytes.ts'

/** Same codes as `DecodeCode`; declared here so that the two files form no cycle. */
type FailureCode =
  | 'truncated'
  | 'trailing_bytes'
  | 'unknown_format'
  | 'out_of_range'
  | 'not_canonical'

const U32_RANGE = 0x1_0000_0000
const HIGH_MAX = 0x1f_ffff
/** The highest bit of each byte of a word. */
const HIGH_BITS = 0x80808080 | 0

/**
 * Big-endian values read one after the other from outside bytes. It never throws: the first
 * failure sticks, later reads give zero values, and `finish` tells the code.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #texts: TextsInBytes
  #offset = 0
  #failure: FailureCode | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#texts = textsIn(bytes)
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  /** Marks what was read as wrong; the first code wins. */
  fail(code: FailureCode): void {
    this.#failure ??= code
  }

  /** The code of the first failure, bytes left over being one; undefined when all is well. */
  finish(): FailureCode | undefined {
    if (this.#failure === undefined && this.remaining > 0) this.#failure = 'trailing_bytes'
    return this.#failure
  }

  u8(): number {
    const at = this.#take(1)
    return at === undefined ? 0 : this.#view.getUint8(at)
  }

  u16(): number {
    const at = this.#take(2)
    return at === undefined ? 0 : this.#view.getUint16(at)
  }

  u32(): number {
    const at = this.#take(4)
    return at === undefined ? 0 : this.#view.getUint32(at)
  }

  /** A count or length, at most `max`. */
  u32Max(max: number): number {
    const value = this.u32()
    if (value <= max) return value
    this.fail('out_of_range')
    return 0
  }

  /** A u64 that is a safe integer. */
  u64(): number {
    const at = this.#take(8)
    if (at === undefined) return 0
    const high = this.#view.getUint32(at)
    if (high > HIGH_MAX) {
      this.fail('out_of_range')
      return 0
    }
    return high * U32_RANGE + this.#view.getUint32(at + 4)
  }

  /** 0 or 1. */
  bit(): boolean {
    const value = this.u8()
    if (value > 1) this.fail('not_canonical')
    return value === 1
  }

  /** A copy of the next `length` bytes; empty after a failure. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    return at === undefined ? new Uint8Array(0) : this.#bytes.slice(at, at + length)
  }

  /** The next `length` bytes where they are, for whoever owns all of them; empty after a failure. */
  view(length: number): Uint8Array {
    const at = this.#take(length)
    return at === undefined ? new Uint8Array(0) : this.#bytes.subarray(at, at + length)
  }

  hash(): Hash {
    const at = this.#take(32)
    return at === undefined ? ZERO_HASH : hashOfHex(this.#texts.hex(at, at + 32))
  }

  /** `length` printable ASCII characters without a space. */
  ascii(length: number): string {
    const at = this.#take(length)
    if (at === undefined) return ''
    if (this.#isPrintable(at, at + length)) return this.#texts.ascii(at, at + length)
    this.fail('out_of_range')
    return ''
  }

  /** Whether all of these bytes are 0x21 to 0x7e; four are judged at a time, by their high bits. */
  #isPrintable(from: number, to: number): boolean {
    let at = from
    let outside = 0
    for (; at + 4 <= to; at += 4) {
      const word = this.#view.getInt32(at)
      outside |= word | (word - 0x21212121) | (word + 0x01010101)
    }
    for (; at < to; at++) {
      const byte = this.#view.getUint8(at)
      outside |= byte | (byte - 0x21) | (byte + 0x01)
    }
    return (outside & HIGH_BITS) === 0
  }

  #take(length: number): number | undefined {
    if (this.#failure !== undefined) return undefined
    const at = this.#offset
    if (length > this.#bytes.length - at) {
      this.#failure = 'truncated'
      return undefined
    }
    this.#offset = at + length
    return at
  }
}
