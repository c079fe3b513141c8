import { z } from 'zod'
import type { PlaceId } from '#protocol/id.ts'
import { AssetId } from '#protocol/id.ts'
import type { AssetRecord } from '#protocol/state/record.ts'
import { AssetCategory, VatNature } from '#protocol/transaction/kinds/asset.ts'
import { AssetCode, Label, Scale, Unit } from '#protocol/transaction/kinds/terms.ts'
import { CLOSINGS_DEFAULT, CLOSINGS_MAX } from '../limits.ts'
import {
  ACCOUNTS,
  type Closing,
  type ClosingsQuery,
  type TillClosing,
} from '../ports/ledger-books.ts'
import { Cursor, MinHeight } from './list.ts'
import { Timestamp } from './timestamp.ts'

/** A UTC day of block time. */
export const Day = z.iso.date().meta({ description: 'A UTC day', example: '2026-06-21' })

export const ClosingsParams = z.strictObject({
  minHeight: MinHeight,
  day: Day.optional().describe('One day; without it days with something in them, newest first'),
  till: Label.optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d?$/, { error: `1 to ${CLOSINGS_MAX}` })
    .meta({ description: `Days of the page, 1 to ${CLOSINGS_MAX}; default ${CLOSINGS_DEFAULT}` })
    .transform((text) => Math.min(Number(text), CLOSINGS_MAX))
    .optional(),
  after: Cursor.optional(),
})

export const closingsQuery = (
  place: PlaceId,
  { day, till, limit = CLOSINGS_DEFAULT, after }: z.infer<typeof ClosingsParams>,
): ClosingsQuery => ({
  place,
  limit,
  ...(day && { day }),
  ...(till && { till }),
  ...(after && { after }),
})

const asset = {
  asset: AssetId,
  code: AssetCode,
  category: AssetCategory,
  unit: Unit,
  scale: Scale,
  vat: VatNature.optional(),
}

/** Takings of one asset in short, in smallest units. */
const TakingsView = z
  .strictObject({
    ...asset,
    sold: z.int().describe('What the place got by sales and captures, without tips'),
    refunded: z.int().min(0),
    tips: z.int().min(0),
    issued: z.int().min(0).describe('Came into being here: top-ups, presents, points'),
    burned: z.int().min(0).describe('Ceased to be here: cash-outs, payouts, set-offs'),
  })
  .meta({ id: 'Takings' })

/** What moved of one asset by one kind of transaction. */
const ClosingSumView = z
  .strictObject({
    ...asset,
    kind: z.string().meta({ example: 'sale' }),
    account: z
      .enum(ACCOUNTS)
      .describe("place: its own wallet. tips: on their way to somebody. holders: everybody else's"),
    lines: z.int().min(1),
    change: z.int(),
  })
  .meta({ id: 'ClosingSum' })

const TillClosingView = z
  .strictObject({
    till: Label.optional().describe('Absent: what no till did'),
    transactions: z.int().min(1),
    takings: z.array(TakingsView).readonly(),
    sums: z.array(ClosingSumView).readonly(),
  })
  .meta({ id: 'TillClosing' })

/** One UTC day at a place, the same on every node. */
const ClosingView = z
  .strictObject({
    day: Day,
    openingHeight: z.int().min(0).describe('First block of the day'),
    closingHeight: z.int().min(0).describe('Last block of the day so far'),
    complete: z.boolean().describe('The day is over and this never changes any more'),
    tills: z.array(TillClosingView).readonly(),
  })
  .meta({ id: 'Closing' })

export const ClosingPage = z
  .strictObject({
    items: z.array(ClosingView).readonly(),
    height: z.int().min(0),
    time: Timestamp,
    next: z.string().optional().describe('Cursor of the next page'),
  })
  .meta({ id: 'ClosingPage' })

export const closingView = ({ tills, ...day }: Closing): z.infer<typeof ClosingView> => ({
  ...day,
  tills: tills.map(tillView),
})

const tillView = ({ till, transactions, takings, sums }: TillClosing) => ({
  ...(till !== undefined && { till }),
  transactions,
  takings: takings.map(({ asset: of, ...taken }) => ({ ...assetFacts(of), ...taken })),
  sums: sums.map(({ asset: of, ...sum }) => ({ ...assetFacts(of), ...sum })),
})

/** What an accountant needs to know of an asset. */
export const assetFacts = ({ id, code, category, unit, scale, vat }: AssetRecord) => ({
  asset: id,
  code,
  category,
  unit,
  scale,
  ...(vat !== undefined && { vat }),
})
