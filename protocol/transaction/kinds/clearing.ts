import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { Hash } from '../../hash.ts'
import { AssetId, PlaceId } from '../../id.ts'
import { CLEARING_ASSETS_MAX } from '../../limits.ts'
import { PaymentId } from '../payment-id.ts'
import { actingPlace } from './terms.ts'

/** So much of an asset. */
const ClearingPart = z.strictObject({ asset: AssetId, amount: Amount })
export type ClearingPart = z.infer<typeof ClearingPart>

const onceEach = [
  (parts: readonly ClearingPart[]): boolean =>
    new Set(parts.map(({ asset }) => asset)).size === parts.length,
  { error: 'an asset is named twice' },
] as const

const SideOfClearing = z
  .array(ClearingPart)
  .max(CLEARING_ASSETS_MAX)
  .refine(...onceEach)

/**
 * Two places set apart what each has of the other's money: `gives` is what `place` has of the other's,
 * `takes` what the other has of its.
 */
export const ClearingOpen = z
  .strictObject({
    kind: z.literal('clearing.open'),
    ...actingPlace,
    other: PlaceId,
    gives: SideOfClearing,
    takes: SideOfClearing,
  })
  .refine(({ place, other }) => place !== other, { error: 'a place clears with another one' })
  .refine(({ gives, takes }) => gives.length + takes.length > 0, { error: 'nothing to clear' })
export type ClearingOpen = z.infer<typeof ClearingOpen>

/**
 * Ends a clearing: what is set off ceases to be on both sides, what was paid outside too, and the rest
 * goes back to who has it. Either place may: `gives` is what the opener has, `takes` what the other has.
 */
export const ClearingSettle = z
  .strictObject({
    kind: z.literal('clearing.settle'),
    ...actingPlace,
    /** The place that opened it, in whose name its id is. */
    opener: PlaceId,
    clearing: PaymentId,
    gives: SideOfClearing,
    takes: SideOfClearing,
    paid: z
      .array(ClearingPart)
      .max(2 * CLEARING_ASSETS_MAX)
      .refine(...onceEach),
    /** Of the payment outside; counts once, ever, for each asset. */
    reference: Hash.optional(),
  })
  .refine(({ paid, reference }) => (reference === undefined) === (paid.length === 0), {
    error: 'what was paid has a reference, and nothing else has',
  })
export type ClearingSettle = z.infer<typeof ClearingSettle>
