import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { PublicName } from './public-name.ts'
import { AssetCode, actingPlace, ChargeCaps, Scale, TimeMs, Unit } from './terms.ts'

/** Categories of ledger.md §4 that exist so far. */
export const AssetCategory = z.enum(['federated', 'local', 'gift', 'time', 'points', 'fixed'])
export type AssetCategory = z.infer<typeof AssetCategory>

/** What a card of each strength may spend of an asset, per charge and per card, place and day. */
export const CardLimits = z.strictObject({ weak: ChargeCaps, secret: ChargeCaps })
export type CardLimits = z.infer<typeof CardLimits>

/** What leases of an asset may be: the most that all of one payer keep apart, and how long. */
export const LeaseTerms = z.strictObject({ cap: Amount, durationMs: TimeMs.min(1) })
export type LeaseTerms = z.infer<typeof LeaseTerms>

/** A place's own currency. Federated and fixed assets come from genesis only. */
export const AssetCreate = z.strictObject({
  kind: z.literal('asset.create'),
  ...actingPlace,
  code: AssetCode,
  name: PublicName,
  category: AssetCategory,
  unit: Unit,
  scale: Scale,
  cap: Amount.optional(),
  transferable: z.boolean(),
  cardLimits: CardLimits,
})
export type AssetCreate = z.infer<typeof AssetCreate>
