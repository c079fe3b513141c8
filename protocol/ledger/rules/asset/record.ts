import { ZERO } from '../../../amount.ts'
import type { AssetRecord } from '../../../state/record.ts'
import type { AssetCreate } from '../../../transaction/kinds/asset.ts'

/** Nothing of it issued; of what its creation says, all but the grant it was created under. */
export const assetRecordOf = (body: AssetCreate, id: AssetRecord['id']): AssetRecord => ({
  id,
  code: body.code,
  name: body.name,
  category: body.category,
  unit: body.unit,
  scale: body.scale,
  issuer: body.place,
  federation: body.federation,
  gateway: body.gateway,
  cap: body.cap,
  transferable: body.transferable,
  archived: false,
  cardLimits: body.cardLimits,
  vat: body.vat,
  lease: body.lease,
  issueLimits: body.issueLimits,
  federations: body.federations,
  periodMs: body.periodMs,
  supply: ZERO,
  issued: ZERO,
  burned: ZERO,
})
