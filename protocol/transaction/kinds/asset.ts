import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { AssetId, FederationId, Key } from '../../id.ts'
import {
  FEDERATIONS_PER_PLACE_MAX,
  LEASE_MS_MAX,
  MEMBERSHIP_MS_MAX,
  MEMBERSHIP_MS_MIN,
} from '../../limits.ts'
import { PublicName } from './public-name.ts'
import {
  AssetCode,
  actingPlace,
  ChargeCaps,
  eachOnce,
  grantHasPlace,
  Scale,
  Unit,
} from './terms.ts'

/** Categories of ledger.md §4. */
export const AssetCategory = z.enum([
  'federated',
  'local',
  'gift',
  'time',
  'points',
  'membership',
  'badge',
  'fixed',
])
export type AssetCategory = z.infer<typeof AssetCategory>

/**
 * What a card of each strength may spend of an asset, per charge and per card, place and day. Without
 * its own, what holds for `secret` holds for `dynamic`.
 */
export const CardLimits = z.strictObject({
  weak: ChargeCaps,
  secret: ChargeCaps,
  dynamic: ChargeCaps.optional(),
})
export type CardLimits = z.infer<typeof CardLimits>

/** How value-added tax looks at a voucher: taxed when it is sold, or when it is spent. */
export const VatNature = z.enum(['single_purpose', 'multi_purpose'])

/** The most that open leases of one card may hold of an asset, and how long one may last. */
export const LeaseTerms = z.strictObject({
  cap: Amount,
  durationMs: z.int().min(60_000).max(LEASE_MS_MAX),
})
export type LeaseTerms = z.infer<typeof LeaseTerms>

/** The most that is issued in a UTC day, and above how much at once a second minter agrees. */
export const IssueLimits = z.strictObject({
  day: Amount.optional(),
  secondAbove: Amount.optional(),
})

/** How long one payment extends a membership. */
export const MembershipPeriodMs = z.int().min(MEMBERSHIP_MS_MIN).max(MEMBERSHIP_MS_MAX)

/** Where the issuer shares an asset with the other places. */
export const SharedIn = z
  .array(FederationId)
  .min(1)
  .max(FEDERATIONS_PER_PLACE_MAX)
  .refine(...eachOnce)

const optionalTerms = {
  vat: VatNature.optional(),
  lease: LeaseTerms.optional(),
  issueLimits: IssueLimits.optional(),
  federations: SharedIn.optional(),
}

/** What an asset is when it comes into being, whoever issues it. */
export const assetTerms = {
  code: AssetCode,
  name: PublicName,
  category: AssetCategory,
  unit: Unit,
  scale: Scale,
  cap: Amount.optional(),
  transferable: z.boolean(),
  cardLimits: CardLimits,
  ...optionalTerms,
  periodMs: MembershipPeriodMs.optional(),
}

/**
 * A place's own currency; or, under the authorities' threshold and with the consent of its gateway, one
 * more of a federation. Exactly one of `place` and `federation`.
 */
export const AssetCreate = z
  .strictObject({
    kind: z.literal('asset.create'),
    place: actingPlace.place.optional(),
    grant: actingPlace.grant,
    federation: FederationId.optional(),
    gateway: Key.optional(),
    ...assetTerms,
  })
  .refine(...grantHasPlace)
  .refine(
    ({ place, federation, gateway }) =>
      (place === undefined) === (federation !== undefined) &&
      (federation === undefined) === (gateway === undefined),
    { error: 'either a place, or a federation and its gateway' },
  )
  .refine((body) => isWhole(body) && canHave(body.category, body), {
    error: 'terms that an asset of this category cannot have',
  })
export type AssetCreate = z.infer<typeof AssetCreate>

/**
 * Says anew all that may change of an asset: what is left out holds no longer. By its issuer, or under
 * the threshold.
 */
export const AssetUpdate = z
  .strictObject({
    kind: z.literal('asset.update'),
    place: actingPlace.place.optional(),
    grant: actingPlace.grant,
    asset: AssetId,
    name: PublicName,
    cap: Amount.optional(),
    transferable: z.boolean(),
    cardLimits: CardLimits,
    ...optionalTerms,
  })
  .refine(...grantHasPlace)
export type AssetUpdate = z.infer<typeof AssetUpdate>

/** For ever: nobody issues, sells for or transfers it any more. By its issuer, or under the threshold. */
export const AssetArchive = z
  .strictObject({
    kind: z.literal('asset.archive'),
    place: actingPlace.place.optional(),
    grant: actingPlace.grant,
    asset: AssetId,
  })
  .refine(...grantHasPlace)
export type AssetArchive = z.infer<typeof AssetArchive>

/**
 * Whether an asset of the category can have the terms that change: a membership and a badge are no
 * money, only vouchers have a VAT nature, and what is shared in a federation is a place's.
 */
export const canHave = (
  category: AssetCategory,
  { cap, transferable, vat, lease, issueLimits, federations }: ChangingTerms,
): boolean => {
  if (vat !== undefined && category !== 'local' && category !== 'gift') return false
  if (category === 'federated') {
    return federations === undefined && issueLimits?.secondAbove === undefined
  }
  if (category !== 'membership' && category !== 'badge') return true
  return !transferable && [cap, lease, issueLimits].every((term) => term === undefined)
}

type ChangingTerms = {
  readonly cap?: unknown
  readonly transferable: boolean
  readonly vat?: unknown
  readonly lease?: unknown
  readonly issueLimits?: { readonly secondAbove?: unknown } | undefined
  readonly federations?: unknown
}

type LastingTerms = {
  readonly category: AssetCategory
  readonly unit: string
  readonly scale: number
  readonly periodMs?: unknown
}

/** Memberships and badges count themselves, whole; only a membership lasts. */
function isWhole({ category, unit, scale, periodMs }: LastingTerms): boolean {
  if ((category === 'membership') !== (periodMs !== undefined)) return false
  const isNamed = category === 'membership' || category === 'badge'
  if (!isNamed) return unit !== 'membership' && unit !== 'badge'
  return unit === category && scale === 0
}
