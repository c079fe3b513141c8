import { z } from 'zod'
import { digitOf } from '../hash.ts'

/** A payment id: a UUIDv7 (RFC 9562 §5.7) in lower case, made by the client before it first sends. */
export const PaymentId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .brand<'paymentId'>()
export type PaymentId = z.infer<typeof PaymentId>

/** The time inside a payment id, in milliseconds since the epoch: its first 48 bits. */
export const paymentIdTimeMs = (id: PaymentId): number =>
  hexadecimal(id, 0, 8) * 0x1_0000 + hexadecimal(id, 9, 13)

/** The value of lower-case hexadecimal digits, read where they stand: no text is cut out. */
function hexadecimal(text: string, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 16 + digitOf(text.charCodeAt(at))
  return value
}
