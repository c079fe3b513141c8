import { units } from '#protocol/amount.ts'
import { walletIdOfKey } from '#protocol/derive.ts'
import type { Hash } from '#protocol/hash.ts'
import type { AssetId, HoldId } from '#protocol/id.ts'
import { parseId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { ClearingOpen, ClearingSettle } from '#protocol/transaction/kinds/clearing.ts'
import type { PayoutSettle, Redeem, TopUpRefund } from '#protocol/transaction/kinds/redemption.ts'
import { termsOf } from '#protocol/transaction/operator-terms.ts'
import type { Actor } from './actors.ts'
import { type Consenting, GATEWAY, type World } from './ledger-builders.ts'
import { referenceOf, type TestWallet, type Venue } from './venue-builders.ts'

export const GATEWAY_WALLET = walletIdOfKey(GATEWAY.key)

/** The gateway issues to any wallet, or to its own. */
export const issueEuro = (
  world: World,
  wallet: TestWallet['id'],
  { amount, reference }: { readonly amount: number; readonly reference: string },
): void => {
  world.must(GATEWAY, {
    kind: 'issue',
    asset: world.euro,
    amount: units(amount),
    to: { wallet },
    reference: referenceOf(reference),
  })
}

export const redeemBody = ({ place, grant }: Venue, asset: AssetId, amount: number): Redeem => ({
  kind: 'redeem',
  place,
  grant,
  asset,
  amount: units(amount),
})

export const redeemConsent = (
  { place }: Venue,
  { holder }: TestWallet,
  { asset, max }: { readonly asset: AssetId; readonly max: number },
): Consenting => ({ by: holder, agree: { kind: 'redeem', place, asset, max: units(max) } })

/** The first hold that an event made. */
export const holdIn = ({ created }: LedgerEvent): HoldId => {
  const [hold] = created.flatMap((id) => parseId('hld', id) ?? [])
  if (hold === undefined) throw new Error('no hold')
  return hold
}

export const settlement = (hold: HoldId, reference: string, paid = true): PayoutSettle => ({
  kind: 'payout.settle',
  hold,
  paid,
  reference: referenceOf(reference),
})

export const refundBody = (world: World, reference: Hash, amount?: number): TopUpRefund => ({
  kind: 'topup.refund',
  asset: world.euro,
  reference,
  ...(amount !== undefined && { amount: units(amount) }),
})

export const refundConsent = (
  { euro: asset }: World,
  holder: Actor,
  { reference, max }: { readonly reference: Hash; readonly max: number },
): Consenting => ({
  by: holder,
  agree: { kind: 'topup.refund', asset, reference, max: units(max) },
})

/** The other place's key agrees to exactly this. */
export const clearingConsent = (
  { owner }: Venue,
  body: ClearingOpen | ClearingSettle,
): Consenting => ({
  by: owner,
  agree: { kind: body.kind, place: body.place, terms: termsOf(body) },
})
