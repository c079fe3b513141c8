import type { PlaceId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { HoldOpen } from '#protocol/transaction/kinds/hold.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import type { Operation, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'

/** What one final transaction tells a venue that leases. */
export type News =
  /** The payer was here: topped up, or paid. */
  | { readonly kind: 'here'; readonly payer: Payer }
  /** The payer's money is wanted elsewhere, or nobody is to take it any more. */
  | { readonly kind: 'wanted'; readonly payer: Payer }

/** A refusal for these is what another place says when a lease keeps its customer's money. */
const LACKING: ReadonlySet<string> = new Set(['insufficient_funds', 'lease_limit_exceeded'])

/** What a recorded transaction means for the leases of a place. */
export const newsOf = (
  place: PlaceId,
  body: TransactionBody,
  { outcome }: Pick<LedgerEvent, 'outcome'>,
): readonly News[] => {
  const operations = body.kind === 'batch' ? body.operations : [body]
  const isApplied = outcome === 'applied'
  if (!isApplied && !LACKING.has(outcome)) return []
  return operations.flatMap((operation) => newsOfOne(place, operation, isApplied))
}

const newsOfOne = (place: PlaceId, body: Operation, isApplied: boolean): readonly News[] => {
  switch (body.kind) {
    case 'issue':
      return isApplied && body.place === place ? [{ kind: 'here', payer: body.to }] : []
    case 'sale':
      return body.payers.flatMap((payer) => tapAt(place, { at: body.place, payer, isApplied }))
    case 'cashout':
      return tapAt(place, { at: body.place, payer: body.payer, isApplied })
    case 'hold.open':
      return holdAt(place, body)
    case 'transfer':
      return [{ kind: 'wanted', payer: { wallet: body.from } }]
    case 'card.block':
    case 'card.replace':
      return isApplied ? [{ kind: 'wanted', payer: { card: body.card } }] : []
    default:
      return []
  }
}

const tapAt = (
  place: PlaceId,
  {
    at,
    payer,
    isApplied,
  }: { readonly at: PlaceId; readonly payer: Payer; readonly isApplied: boolean },
): readonly News[] => {
  if (at !== place) return [{ kind: 'wanted', payer }]
  return isApplied ? [{ kind: 'here', payer }] : []
}

/** What this place opened itself is no news. */
const holdAt = (place: PlaceId, { place: at, payer }: HoldOpen): readonly News[] =>
  at === place ? [] : [{ kind: 'wanted', payer }]
