import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { AssetId, HoldId, Key, PlaceId } from '../../id.ts'
import { HOLD_GRACE_MS_MAX } from '../../limits.ts'
import { actingPlace, Payer, TimeMs } from './terms.ts'

/** What a place opens a hold for. */
export const OpenPurpose = z.enum(['lease', 'tab', 'preauthorisation'])

/**
 * Sets money of a payer apart for the place: until the hold is over only it can give that money away,
 * by captures that `key` signs. Without `graceMs` a lease has 72 hours of grace, anything else none.
 */
export const HoldOpen = z.strictObject({
  kind: z.literal('hold.open'),
  ...actingPlace,
  payer: Payer,
  asset: AssetId,
  cap: Amount,
  key: Key,
  purpose: OpenPurpose,
  expiresAtMs: TimeMs,
  graceMs: TimeMs.max(HOLD_GRACE_MS_MAX).optional(),
})
export type HoldOpen = z.infer<typeof HoldOpen>

/** A payment out of a hold, signed by its key: nothing but the hold decides about it. */
export const HoldCapture = z.strictObject({
  kind: z.literal('hold.capture'),
  place: PlaceId,
  hold: HoldId,
  amount: Amount,
})
export type HoldCapture = z.infer<typeof HoldCapture>

/** Ends a hold and gives back what is left. Without a grant by the place key or the hold's key. */
export const HoldRelease = z.strictObject({
  kind: z.literal('hold.release'),
  ...actingPlace,
  hold: HoldId,
})
export type HoldRelease = z.infer<typeof HoldRelease>

/** Hands part of a hold to another key, a till's say. Signed by the hold's key; no money moves. */
export const HoldSplit = z.strictObject({
  kind: z.literal('hold.split'),
  place: PlaceId,
  hold: HoldId,
  key: Key,
  cap: Amount,
})
export type HoldSplit = z.infer<typeof HoldSplit>
