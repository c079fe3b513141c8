import { z } from 'zod'
import type { AssetRecord } from '#protocol/state/record.ts'
import { assetTerms } from '#protocol/transaction/kinds/asset.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { defineCommand, done } from '../command.ts'
import { ownPlace } from '../own-place.ts'
import { settle } from '../settle.ts'

/** A currency of the node's own place. */
export const createAsset = defineCommand(
  z.strictObject({ ...assetTerms, id: PaymentId.optional() }),
  async ({ id, ...terms }, operations) => {
    const own = ownPlace(operations)
    if (!own.ok) return own
    const settled = await settle(operations, {
      id,
      as: 'place',
      body: { kind: 'asset.create', place: own.place.id, ...terms },
    })
    if (!settled.ok) return settled
    const [asset] = settled.event.created
    return done({ asset, code: terms.code, id: settled.id, height: settled.event.height })
  },
)

/** Every currency of the network. */
export const listAssets = defineCommand(z.strictObject({}), async (_, { records }) =>
  done({ assets: [...records('asset')].map(summaryOf) }),
)

const summaryOf = ({ id, code, name, category, unit, scale, issuer, supply }: AssetRecord) => ({
  asset: id,
  code,
  name,
  category,
  unit,
  scale,
  issuer,
  supply,
})
