import { z } from 'zod'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { decodeBase64urlText } from '#text-encoding'

/** The payment id that a JWS names, if it is one; whether it may is not said here. */
export const idIn = (text: string): PaymentId | undefined => {
  const payload = decodeBase64urlText(text.split('.', 2)[1] ?? '')
  try {
    return Naming.safeParse(JSON.parse(payload ?? 'null')).data?.jti
  } catch {
    // Not JSON: the submission is refused for that.
    return undefined
  }
}

const Naming = z.looseObject({ jti: PaymentId })
