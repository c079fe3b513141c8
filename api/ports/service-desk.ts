import type { AssetId, WalletId } from '#protocol/id.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { CardName, Errand } from './desk.ts'
import type { DeskAnswer } from './outcome.ts'

/** Who gets something that is no money. */
export type MemberName = CardName | { readonly wallet: WalletId }

/**
 * Extends a membership by its asset's period. `amount`: what was contributed outside the ledger. Without
 * an asset: the place's only membership, else `asset_required`.
 */
export type MembershipOrder = {
  readonly id: PaymentId
  readonly to: MemberName
  readonly asset?: AssetId
  readonly amount?: number
}

/** Somebody comes or goes. Without an asset: by the place's only badge, else `asset_required`. */
export type BadgeOrder = {
  readonly id: PaymentId
  readonly who: MemberName
  readonly asset?: AssetId
  readonly direction: 'in' | 'out'
}

/** What a place does beside taking money; as `Desk` in all else. */
export type ServiceDesk = {
  readonly setMembership: (order: MembershipOrder, errand: Errand) => Promise<DeskAnswer>
  readonly badge: (order: BadgeOrder, errand: Errand) => Promise<DeskAnswer>
}
