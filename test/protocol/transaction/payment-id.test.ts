import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PaymentId, paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'

test('the time of a payment id is what its first 48 bits say', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.nat(0xffff), (high, low) => {
      const digits = high.toString(16).padStart(8, '0')
      const id = `${digits}-${low.toString(16).padStart(4, '0')}-7000-8000-000000000000`
      expect(paymentIdTimeMs(PaymentId.parse(id))).toBe(high * 65_536 + low)
    }),
  )
})
