import { z } from 'zod'
import { utf8 } from '#protocol/bytes.ts'
import { AssetId, CardId, PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { PaymentRecord } from '#protocol/state/record.ts'
import { type Kind, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { Outcome } from '#protocol/transaction/outcome.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { parseStored } from './stored-json.ts'

/** The event as JSON bytes. */
export const encodeEvent = (event: LedgerEvent): Uint8Array => utf8(JSON.stringify(event))

/** The event of stored bytes, or undefined when they are none. */
export const decodeEvent = (bytes: Uint8Array): LedgerEvent | undefined =>
  parseStored(StoredEvent, bytes)

const KINDS: ReadonlySet<unknown> = new Set(
  TransactionBody.options.map((option) => option.shape.kind.value),
)

const Count = z.int().min(0)

const StoredEvent: z.ZodType<LedgerEvent> = z.strictObject({
  height: Count,
  index: Count,
  timeMs: Count,
  kind: z.custom<Kind>((value) => KINDS.has(value)),
  id: PaymentId,
  scope: PaymentRecord.shape.scope,
  place: PlaceId.exactOptional(),
  outcome: Outcome,
  movements: z.array(z.strictObject({ wallet: WalletId, asset: AssetId, change: z.int() })),
  created: z.array(z.string()),
  legs: z
    .array(
      z.strictObject({
        card: CardId.exactOptional(),
        wallet: WalletId,
        asset: AssetId,
        amount: Count,
      }),
    )
    .exactOptional(),
  facts: z
    .strictObject({
      missingAmount: Count.exactOptional(),
      cancelled: z.boolean().exactOptional(),
    })
    .exactOptional(),
})
