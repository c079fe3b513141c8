import { z } from 'zod'
import { AssetId, CardId, FederationId, Key, PlaceId, WalletId } from '#protocol/id.ts'
import type { AssetRecord, CardRecord, PlaceRecord, WalletRecord } from '#protocol/state/record.ts'
import {
  AssetCategory,
  CardLimits,
  IssueLimits,
  LeaseTerms,
  VatNature,
} from '#protocol/transaction/kinds/asset.ts'
import { CardStrength } from '#protocol/transaction/kinds/card.ts'
import { DebitOrder } from '#protocol/transaction/kinds/place.ts'
import { PublicName } from '#protocol/transaction/kinds/public-name.ts'
import { AssetCode, Label, Scale, Unit } from '#protocol/transaction/kinds/terms.ts'
import type { WalletBalance } from '../ports/ledger.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

const Quantity = z.int().min(0)

/** A currency. `supply` = issued − burned, in smallest units. */
export const AssetView = z
  .strictObject({
    id: AssetId,
    code: AssetCode,
    name: PublicName,
    category: AssetCategory,
    unit: Unit,
    scale: Scale,
    issuer: PlaceId.optional(),
    federation: FederationId.optional(),
    cap: Quantity.optional(),
    transferable: z.boolean(),
    archived: z.boolean(),
    cardLimits: CardLimits,
    vat: VatNature.optional(),
    lease: LeaseTerms.optional(),
    issueLimits: IssueLimits.optional(),
    federations: z.array(FederationId).readonly().optional().describe('Where it is shared'),
    periodMs: Quantity.optional().describe('How long one payment extends a membership'),
    supply: Quantity,
    issued: Quantity,
    burned: Quantity,
    redeemed: Quantity.optional().describe('The part of `burned` that was paid out'),
  })
  .meta({ id: 'Asset' })
export type AssetView = z.infer<typeof AssetView>

export const assetView = ({ gateway: _, ...asset }: AssetRecord): AssetView => asset

export const PlaceView = z
  .strictObject({
    id: PlaceId,
    name: PublicName,
    wallet: WalletId,
    status: z.enum(['active', 'leaving', 'suspended']),
    authority: Key.describe('Operator key of the authority that admitted it'),
    nodes: z.array(z.string()).readonly().describe('libp2p peer ids'),
    assets: z.array(AssetId).readonly().describe('Issued here, oldest first'),
    accepts: z.array(AssetId).readonly(),
    federations: z.array(FederationId).readonly(),
    debitOrder: DebitOrder,
    leaving: Timestamp.optional().describe('Since when it is on its way out'),
  })
  .meta({ id: 'Place' })
export type PlaceView = z.infer<typeof PlaceView>

/** Member by member: what else a record knows of a place is not for everybody. */
export const placeView = (place: PlaceRecord): PlaceView => ({
  id: place.id,
  name: place.name,
  wallet: place.wallet,
  status: place.status,
  authority: place.authority,
  nodes: place.nodes,
  assets: place.assets,
  accepts: place.accepts,
  federations: place.federations,
  debitOrder: place.debitOrder,
  ...(place.leftMs !== undefined && { leaving: timestampOf(place.leftMs) }),
})

export const WalletView = z
  .strictObject({
    id: WalletId,
    kind: z.enum(['person', 'place', 'card', 'gateway']),
    keys: z.array(Key).readonly(),
  })
  .meta({ id: 'Wallet' })
export type WalletView = z.infer<typeof WalletView>

export const walletView = ({ id, kind, keys }: WalletRecord): WalletView => ({ id, kind, keys })

/** What a wallet has of one asset, in smallest units. */
export const BalanceView = z
  .strictObject({
    asset: AssetId,
    code: AssetCode,
    unit: Unit,
    scale: Scale,
    available: Quantity,
    held: Quantity,
    totalIn: Quantity.describe('Everything ever received; never falls'),
    totalOut: Quantity.describe('Everything ever spent; never falls'),
  })
  .meta({ id: 'Balance' })
export type BalanceView = z.infer<typeof BalanceView>

export const balanceView = ({ balance, asset }: WalletBalance): BalanceView => ({
  asset: asset.id,
  code: asset.code,
  unit: asset.unit,
  scale: asset.scale,
  available: balance.available,
  held: balance.held,
  totalIn: balance.totalIn,
  totalOut: balance.totalOut,
})

/** A card. `weak`: known by its UID; `secret`: proves itself with a key; `dynamic`: its taps are attested. */
export const CardView = z
  .strictObject({
    id: CardId,
    strength: CardStrength,
    state: z.enum(['blank', 'active', 'linked', 'blocked', 'replaced', 'void']),
    place: PlaceId.describe('Where it was registered'),
    batch: Label,
    wallet: WalletId.optional(),
    hasClaim: z.boolean().describe('Whether a claim code is hidden on it'),
    counter: z.int().min(1).optional().describe('Of a dynamic card: the highest tap that counted'),
    replacedBy: CardId.optional().describe('The card that took its place'),
  })
  .meta({ id: 'Card' })
export type CardView = z.infer<typeof CardView>

export const cardView = (card: CardRecord): CardView => ({
  id: card.id,
  strength: card.strength,
  state: card.state,
  place: card.place,
  batch: card.batch,
  ...(card.wallet && { wallet: card.wallet }),
  hasClaim: card.claim !== undefined,
  ...(card.counter !== undefined && { counter: card.counter }),
  ...(card.replacedBy && { replacedBy: card.replacedBy }),
})
