import { z } from 'zod'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'

/** What a bank or a gateway calls a payment; becomes its SHA-256, which alone is on the ledger. */
export const Reference = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'What the bank or the gateway calls it. Only its SHA-256 is kept' })
  .transform((text) => hashOf(utf8(text)))
