import type { Decoded } from '#protocol/chain/decoded.ts'
import { corruptState, hex } from './corrupt-state.ts'
import type { KeyValuePort } from './key-value-port.ts'

/** What a key's bytes say; throws `state_corrupt` when they say nothing. */
export const decodedAt = <T>(
  port: KeyValuePort,
  key: Uint8Array,
  decode: (bytes: Uint8Array) => Decoded<T>,
): T | undefined => {
  const bytes = port.get(key)
  return bytes && decodedFrom(key, bytes, decode)
}

/** What bytes under a key say; throws `state_corrupt` when they say nothing. */
export const decodedFrom = <T>(
  key: Uint8Array,
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => Decoded<T>,
): T => {
  const decoded = decode(bytes)
  if (!decoded.ok) throw corruptState(`${hex(key)}: ${decoded.code}`)
  return decoded.value
}
