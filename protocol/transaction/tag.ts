import { hexToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { hkdfSha256, hmacSha256 } from '#digest'
import { publicKeyOf } from '#signature'
import { concat, utf8 } from '../bytes.ts'
import { type CardId, encodeId, type Key } from '../id.ts'
import { cardKeyOf } from './card-key.ts'

/** Length of the key that hides the tags of one federation. */
export const TAG_KEY_BYTES = 32
/** Length of a claim code, hidden on the card until its holder scratches it free. */
export const CLAIM_CODE_BYTES = 16

/** The UID of a tag: 4, 7 or 10 bytes (ISO/IEC 14443-3) in upper-case hexadecimal digits. */
export const TagUid = z
  .string()
  .regex(/^(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})$/)
  .brand<'tagUid'>()
export type TagUid = z.infer<typeof TagUid>

/** A UID as readers print it, in either case, bytes apart by `:`, `-` or a space; or undefined. */
export const parseTagUid = (text: string): TagUid | undefined => {
  const parts = text.length > PRINTED_UID_LENGTH_MAX ? [] : text.split(/[:\- ]/)
  const whole = parts.length === 1 || parts.every((part) => part.length === 2)
  const digits = whole ? parts.join('').replace(/[a-f]/g, (digit) => digit.toUpperCase()) : ''
  return TagUid.safeParse(digits).data
}

/** Ten bytes of two digits with nine separators. */
const PRINTED_UID_LENGTH_MAX = 29

/**
 * The id of a weak card: HMAC-SHA-256(tag key, "kermesse/tag" 0x00 ‖ UID bytes). Whoever has the
 * federation's tag key can recompute it from a UID; nobody else can.
 */
export const commitmentOf = (tagKey: Uint8Array, uid: TagUid): CardId => {
  if (tagKey.length !== TAG_KEY_BYTES) throw new RangeError(`a tag key of ${tagKey.length} bytes`)
  return encodeId('crd', hmacSha256(tagKey, concat(utf8('kermesse/tag\0'), hexToBytes(uid))))
}

/** The id of a secret card: the public key of its seed. */
export const cardIdOfSecret = (secret: Uint8Array): CardId => {
  const seed = cardKeyOf(secret)
  const card = encodeId('crd', publicKeyOf(seed))
  seed.fill(0)
  return card
}

/**
 * The ed25519 seed of a claim code: HKDF-SHA-256 (RFC 5869) of its 16 bytes, without salt, with info
 * "kermesse/claim-key", 32 bytes long.
 */
export const claimKeyOf = (code: Uint8Array): Uint8Array => {
  if (code.length !== CLAIM_CODE_BYTES) throw new RangeError(`a claim code of ${code.length} bytes`)
  return hkdfSha256(code, utf8('kermesse/claim-key'))
}

/** What a registration names for a claim code: the public key of its seed. */
export const claimOfCode = (code: Uint8Array): Key => {
  const seed = claimKeyOf(code)
  const claim = encodeId('key', publicKeyOf(seed))
  seed.fill(0)
  return claim
}
