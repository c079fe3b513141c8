import { v7 } from 'uuid'
import { cardConsent, signedTransaction } from '#api/client/signer.ts'
import type { TransactionBody } from '#api/client/wire.ts'
import type { Stage } from './stage.ts'

/** Smallest units: a card outlasts a benchmark, and money stays to be moved. */
const PRICE = 1

/** Which cards pay: `weak` is one signature a sale, `secret` two. */
export type CardsPaid = 'weak' | 'secret'

/** So many sales, signed beforehand and worth something for the next minute. */
export const signSales = (stage: Stage, count: number, paid: CardsPaid): readonly string[] => {
  const nowMs = Date.now()
  return Array.from({ length: count }, (_, index) =>
    paid === 'weak' ? weakSale(stage, index, nowMs) : secretSale(stage, index, nowMs),
  )
}

const weakSale = (stage: Stage, index: number, nowMs: number): string => {
  const card = stage.weakCards[index % stage.weakCards.length] ?? ''
  return sale(stage, { id: v7(), index, nowMs, card, consents: [] })
}

const secretSale = (stage: Stage, index: number, nowMs: number): string => {
  const secret = stage.secretCards[index % stage.secretCards.length] ?? ''
  const id = v7()
  const { card, consent } = cardConsent(
    secret,
    { id, nowMs },
    {
      network: stage.network,
      agree: { kind: 'sale', place: stage.placeId, unit: 'EUR', scale: 2, max: PRICE },
    },
  )
  return sale(stage, { id, index, nowMs, card, consents: [consent] })
}

type Sale = {
  readonly id: string
  readonly index: number
  readonly nowMs: number
  readonly card: string
  readonly consents: readonly string[]
}

const sale = ({ signers, placeId }: Stage, { id, index, nowMs, card, consents }: Sale): string => {
  const signer = signers[index % signers.length]
  if (signer === undefined) throw new Error('a stage without a signer')
  const body = {
    kind: 'sale',
    place: placeId,
    ...(signer.grant !== undefined && { grant: signer.grant }),
    payers: [{ card }],
    amount: PRICE,
    unit: 'EUR',
    scale: 2,
  } satisfies TransactionBody
  return signedTransaction(signer, { id, nowMs }, { body, consents })
}
