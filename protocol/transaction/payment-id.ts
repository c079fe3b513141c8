import { z } from 'zod'

/** A payment id: a UUIDv7 (RFC 9562 §5.7) in lower case, made by the client before it first sends. */
export const PaymentId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .brand<'paymentId'>()
export type PaymentId = z.infer<typeof PaymentId>

/** The time inside a payment id, in milliseconds since the epoch: its first 48 bits. */
export const paymentIdTimeMs = (id: PaymentId): number =>
  Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
