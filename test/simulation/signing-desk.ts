import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { utf8 } from '#protocol/bytes.ts'
import { type Genesis, networkIdOf } from '#protocol/genesis.ts'
import { hashOf } from '#protocol/hash.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import type { Signer } from './keys.ts'

export type Consenting = { readonly by: Signer; readonly agree: Agreement }

/** When something is signed, how long it is worth something, and whose name it is in. */
export type Signing = {
  readonly nowMs: number
  readonly forMs: number
  readonly scope: string
  readonly id?: PaymentId | undefined
  readonly consents?: readonly Consenting[] | undefined
}

/** Where everything of one simulation is signed: every id is given once. */
export type SigningDesk = {
  readonly newId: (nowMs: number) => PaymentId
  readonly sign: (by: Signer, body: TransactionBody, signing: Signing) => OutboxEntry
}

export const createSigningDesk = (genesis: Genesis): SigningDesk => {
  const networkId = networkIdOf(genesis)
  let ids = 0

  const newId = (nowMs: number): PaymentId => {
    ids += 1
    const time = nowMs.toString(16).padStart(12, '0')
    return PaymentId.parse(
      `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${ids.toString(16).padStart(12, '0')}`,
    )
  }

  const sign: SigningDesk['sign'] = (by, body, { nowMs, forMs, scope, id, consents = [] }) => {
    const jti = id ?? newId(nowMs)
    const exp = Math.ceil((nowMs + forMs) / 1_000)
    const base = { networkId, exp, jti }
    const text = signTransaction({
      ...base,
      signerKey: by.key,
      sign: by.sign,
      body,
      consents: consents.map((consent) =>
        signConsent({
          ...base,
          signerKey: consent.by.key,
          sign: consent.by.sign,
          agree: consent.agree,
        }),
      ),
    })
    return {
      hash: hashOf(utf8(text)),
      text,
      id: jti,
      scope,
      kind: body.kind,
      expMs: exp * 1_000,
      sinceMs: nowMs,
    }
  }

  return { newId, sign }
}
