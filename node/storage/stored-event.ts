import { z } from 'zod'
import { utf8 } from '#protocol/bytes.ts'
import { ByteWriter } from '#protocol/chain/byte-writer.ts'
import { AssetId, CardId, PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { PaymentRecord } from '#protocol/state/record.ts'
import { type Kind, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { Outcome } from '#protocol/transaction/outcome.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { parseStored } from './stored-json.ts'

/** What the transactions of one block did, in their order: of each the length (u32) and the JSON. */
export const encodeEvents = (events: readonly LedgerEvent[]): Uint8Array => {
  const writer = new ByteWriter(EVENT_BYTES * events.length)
  for (const event of events) {
    const json = utf8(JSON.stringify(event))
    writer.u32(json.length).bytes(json)
  }
  return writer.finish()
}

/** The JSON of each event of a block. What is cut off is given as it is, which no event is. */
export const eventJsons = (bytes: Uint8Array): readonly Uint8Array[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const jsons: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const start = at + LENGTH_BYTES
    const end = start > bytes.length ? start : start + view.getUint32(at)
    jsons.push(bytes.subarray(start, end))
    at = end
  }
  return jsons
}

/** The event of stored JSON, or undefined when it is none. */
export const decodeEvent = (json: Uint8Array): LedgerEvent | undefined =>
  parseStored(StoredEvent, json)

/** Room for the event of a sale. */
const EVENT_BYTES = 1_024
const LENGTH_BYTES = 4

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
