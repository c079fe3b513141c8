import { z } from 'zod'
import { CardId } from '#protocol/id.ts'
import { decodeBase64url } from '#text-encoding'

const UID_PATTERN =
  /^[0-9A-Fa-f]{2}(?:[: -]?[0-9A-Fa-f]{2}){3}(?:(?:[: -]?[0-9A-Fa-f]{2}){3}){0,2}$/

/** UID of an NFC tag: 4, 7 or 10 bytes in hex, separators allowed; becomes upper-case hex. */
export const Tag = z
  .string()
  .max(32)
  .regex(UID_PATTERN, { error: 'a tag is 4, 7 or 10 bytes in hex' })
  .meta({ description: 'UID of the tag: 4, 7 or 10 bytes in hex', example: '04A1B2C3' })
  .transform((text) => text.replaceAll(/[: -]/g, '').toUpperCase())

/** 16 random bytes of a card, in hex or base64url; becomes bytes. Used once and forgotten. */
export const CardSecret = z
  .string()
  .max(32)
  .refine((text) => secretBytes(text) !== undefined, {
    error: 'a secret is 16 bytes in hex or base64url',
  })
  .meta({ description: '16 bytes of the card, in hex or base64url', writeOnly: true })
  .transform((text) => secretBytes(text) ?? z.NEVER)

/** A card in an address: the UID of its tag, or its identifier. Never a secret. */
export const CardPath = z.union([CardId, Tag], { error: 'a tag in hex or a crd1… identifier' })

function secretBytes(text: string): Uint8Array | undefined {
  if (/^[0-9A-Fa-f]{32}$/.test(text)) return new Uint8Array(Buffer.from(text, 'hex'))
  const bytes = text.length === 22 ? decodeBase64url(text) : undefined
  return bytes && new Uint8Array(bytes)
}
