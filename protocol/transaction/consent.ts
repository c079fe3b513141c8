import { z } from 'zod'
import { Amount } from '../amount.ts'
import { Hash } from '../hash.ts'
import { AssetId, CardId, FederationId, GrantId, Key, PlaceId, WalletId } from '../id.ts'
import { TAP_COUNTER_MAX } from '../limits.ts'
import { OpenPurpose } from './kinds/hold.ts'
import { placeTerms } from './kinds/place.ts'
import { PublicName } from './kinds/public-name.ts'
import { AssetCode, Payer, Scale, TimeMs, Unit } from './kinds/terms.ts'

/** What another party agrees to, in its own signature, for one payment id. */
export const Agreement = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sale'),
    place: PlaceId,
    unit: Unit,
    scale: Scale,
    max: Amount,
    /** The most of all tips together; absent, there may be none. */
    tip: Amount.optional(),
  }),
  z.strictObject({
    kind: z.literal('cashout'),
    place: PlaceId,
    asset: AssetId,
    max: Amount,
  }),
  z.strictObject({
    kind: z.literal('hold.open'),
    place: PlaceId,
    asset: AssetId,
    purpose: OpenPurpose,
    max: Amount,
    /** The latest end that is agreed to, with its grace. */
    releaseAtMs: TimeMs,
  }),
  z.strictObject({
    kind: z.literal('issue'),
    place: PlaceId,
    asset: AssetId,
    /** The second minter's own. */
    grant: GrantId,
    /** Who is to receive it, as the body names them. */
    to: Payer,
    max: Amount,
  }),
  z.strictObject({
    kind: z.literal('redeem'),
    place: PlaceId,
    asset: AssetId,
    max: Amount,
  }),
  z.strictObject({
    kind: z.literal('topup.refund'),
    asset: AssetId,
    reference: Hash,
    max: Amount,
  }),
  z.strictObject({ kind: z.literal('clearing.open'), place: PlaceId, terms: Hash }),
  z.strictObject({ kind: z.literal('clearing.settle'), place: PlaceId, terms: Hash }),
  z.strictObject({
    kind: z.literal('tap'),
    card: CardId,
    /** What the tag counted: of one card it only rises. */
    counter: z.int().min(1).max(TAP_COUNTER_MAX),
    place: PlaceId,
    max: Amount,
    /** Of a sale: the most of all tips together. */
    tip: Amount.optional(),
  }),
  z.strictObject({ kind: z.literal('card.link'), card: CardId, wallet: WalletId }),
  z.strictObject({ kind: z.literal('card.replace'), card: CardId, with: CardId }),
  z.strictObject({ kind: z.literal('wallet.open'), place: PlaceId }),
  z.strictObject({ kind: z.literal('wallet.rotate'), wallet: WalletId }),
  z.strictObject({
    kind: z.literal('place.register'),
    /** The operator key that admits the place. */
    authority: Key,
    ...placeTerms,
  }),
  z.strictObject({
    kind: z.literal('authority.change'),
    epoch: z.int().min(2),
    /** Of the whole change but its ready statements: `termsOfChange`. */
    terms: Hash,
  }),
  z.strictObject({
    kind: z.literal('operators'),
    /** Of the whole body that the authorities' threshold decides: `termsOf`. */
    terms: Hash,
  }),
  /** By the gateway that is to issue a federation's asset. */
  z.strictObject({ kind: z.literal('asset.create'), federation: FederationId, code: AssetCode }),
  /** By whoever is to be an admin of a new federation, or becomes one of another. */
  z.strictObject({ kind: z.literal('federation.create'), name: PublicName }),
  z.strictObject({ kind: z.literal('federation.set'), federation: FederationId }),
])
export type Agreement = z.infer<typeof Agreement>
