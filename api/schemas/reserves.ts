import { z } from 'zod'
import { AssetId, PlaceId } from '#protocol/id.ts'
import { AssetCategory } from '#protocol/transaction/kinds/asset.ts'
import { AssetCode, Scale, Unit } from '#protocol/transaction/kinds/terms.ts'
import type { Reserve } from '../ports/books.ts'
import { Timestamp } from './timestamp.ts'

const Quantity = z.int().min(0)

/** Where all there is of an asset is, in smallest units. */
const ReserveView = z
  .strictObject({
    asset: AssetId,
    code: AssetCode,
    category: AssetCategory,
    unit: Unit,
    scale: Scale,
    supply: Quantity.describe('issued − burned = inWallets + atGateway + atPlaces'),
    issued: Quantity,
    burned: Quantity,
    redeemed: Quantity.describe('The part of `burned` that was paid out'),
    inWallets: Quantity.describe('What persons and cards have'),
    atGateway: Quantity,
    atPlaces: Quantity,
    inPayouts: Quantity.describe('Of the supply: set apart to be paid out'),
    inClearings: Quantity.describe('Of the supply: set apart between places'),
    deficit: Quantity.describe('What the gateway owes after reversals'),
    backed: Quantity.describe('supply − deficit: what stands behind a federated asset'),
    places: z
      .array(z.strictObject({ place: PlaceId, available: Quantity, held: Quantity }))
      .readonly()
      .describe(
        'Of an asset that your place issues, every place that has some; of any other your place alone; empty without the action `read`',
      ),
  })
  .meta({ id: 'Reserve' })

export const ReservePage = z
  .strictObject({
    items: z.array(ReserveView).readonly(),
    height: Quantity,
    time: Timestamp,
    next: z.string().optional().describe('Cursor of the next page'),
  })
  .meta({ id: 'ReservePage' })

export const reserveView = ({
  asset,
  deficit,
  places,
  ...sums
}: Reserve): z.infer<typeof ReserveView> => ({
  asset: asset.id,
  code: asset.code,
  category: asset.category,
  unit: asset.unit,
  scale: asset.scale,
  supply: asset.supply,
  issued: asset.issued,
  burned: asset.burned,
  redeemed: asset.redeemed ?? 0,
  ...sums,
  deficit,
  backed: Math.max(0, asset.supply - deficit),
  places,
})
