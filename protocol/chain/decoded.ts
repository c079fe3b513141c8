import { ByteReader } from './byte-reader.ts'

/**
 * Why bytes are not a value.
 * `truncated`: fewer bytes than the value needs. `trailing_bytes`: more. `unknown_format`: a tag or
 * a version nobody defined. `out_of_range`: a number, a text or a count outside its bounds.
 * `not_canonical`: another encoding of a value that has one.
 */
export const DECODE_CODES = [
  'truncated',
  'trailing_bytes',
  'unknown_format',
  'out_of_range',
  'not_canonical',
] as const
export type DecodeCode = (typeof DECODE_CODES)[number]

/** A value read from outside bytes, or why there is none. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: DecodeCode }

/** All of `bytes` as one value; never throws. */
export const decodeWith = <T>(bytes: Uint8Array, read: (reader: ByteReader) => T): Decoded<T> => {
  const reader = new ByteReader(bytes)
  const value = read(reader)
  const code = reader.finish()
  return code === undefined ? { ok: true, value } : { ok: false, code }
}
