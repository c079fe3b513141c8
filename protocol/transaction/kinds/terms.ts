import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { CardId, GrantId, PlaceId, WalletId } from '../../id.ts'

/** Milliseconds since the epoch, as block time counts them. */
export const TimeMs = z.int().min(0)

/** A short technical label: batch, till. Never a person's name; personal data stays off the ledger. */
export const Label = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/)

/** A currency's short code. Local currencies never look like an ISO 4217 code (ledger.md §3). */
export const AssetCode = z.string().regex(/^[A-Z][A-Z0-9]{2,9}$/)

/** What one smallest unit counts: an ISO 4217 code, or one of these words. */
export const Unit = z.string().regex(/^(?:[A-Z]{3}|minute|point|membership|badge)$/)

/** Decimal places between the smallest unit and the unit people speak of. */
export const Scale = z.int().min(0).max(6)

/** The place in whose name the signer acts, and by which grant; without a grant the place key signs. */
export const actingPlace = { place: PlaceId, grant: GrantId.optional() }

/** Whose money: a card's, or a wallet's whose holder signs a consent. */
export const Payer = z.union([
  z.strictObject({ card: CardId }),
  z.strictObject({ wallet: WalletId }),
])
export type Payer = z.infer<typeof Payer>

/** The most that may be taken: in one charge, and in one UTC day, at one place. */
export const ChargeCaps = z.strictObject({ charge: Amount, day: Amount })
export type ChargeCaps = z.infer<typeof ChargeCaps>

/** Refinement of a body that may name a place: a grant without its place means nothing. */
export const grantHasPlace = [
  (body: { readonly place?: unknown; readonly grant?: unknown }): boolean =>
    body.place !== undefined || body.grant === undefined,
  { error: 'a grant needs its place' },
] as const

/** Refinement of a list that names things: nothing twice. */
export const eachOnce = [
  (items: readonly string[]): boolean => new Set(items).size === items.length,
  { error: 'something is named twice' },
] as const
