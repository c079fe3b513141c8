import type { Caller } from '#api/ports/caller.ts'
import type { Errand } from '#api/ports/desk.ts'
import type { Unclear } from '#api/ports/outcome.ts'
import type { AssetId, GrantId, Key, PlaceId } from '#protocol/id.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { type PaymentId, paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import type { ApiKeys } from './api-keys.ts'
import { nextTimeMs } from './door.ts'
import type { KeyRing, Signer } from './key-ring.ts'
import type { LeasePaymentsParts } from './lease-payments.ts'
import { ORDER_LIFE_MS } from './limits.ts'
import type { OwnOrder } from './own-orders.ts'

/** What a desk signs with and for. */
export type DeskParts = Omit<LeasePaymentsParts, 'orders' | 'giveBack'> & {
  readonly keys: KeyRing
  readonly apiKeys: Pick<ApiKeys, 'secretOf'>
  /** State as of the newest block here, final or not. */
  readonly tip: () => View
  /** Who signs a consent while its card is there, to a lease of what it has. */
  readonly agree: LeaseKeeper['agree']
  /** The federation's tag key, once this node has it. */
  readonly tagKey: () => Uint8Array | undefined
  /** The key that captures here; made where there is none, and rejected where there is no room for it. */
  readonly leaseKey: () => Promise<Key>
  /** Money that a top-up issues when none is named; default: the place's only local one. */
  readonly topUpAsset?: AssetId | undefined
}

/** A desk at work. */
export type OpenDesk = DeskParts & Pick<LeasePaymentsParts, 'orders' | 'giveBack'>

/** In whose name a body acts. */
export const actingIn = ({
  place,
  grant,
}: Caller): { readonly place: PlaceId; readonly grant: GrantId } => ({ place, grant })

/** The grant's key; an API key without one was made by a fault of ours. */
export const signerOf = ({ keys, apiKeys }: DeskParts, { keyId }: Caller): Signer => {
  const secret = apiKeys.secretOf(keyId)
  const signer = secret === undefined ? undefined : keys(secret)
  if (signer === undefined) throw new Error(`the key store lacks the key of API key ${keyId}`)
  return signer
}

/** In a minute, or when the id has lapsed if that comes first; an order after that is turned away. */
const expiryMsOf = (parts: DeskParts, id: PaymentId): number => {
  const nowMs = nextTimeMs(parts)
  const lapsesMs = paymentIdTimeMs(id) + parametersOf(parts.view()).validityMs.place
  return lapsesMs > nowMs ? Math.min(nowMs + ORDER_LIFE_MS, lapsesMs) : nowMs + ORDER_LIFE_MS
}

/** An order of this caller for the next minute, judged ahead. */
export const orderOf = <U extends Unclear = never>(
  parts: DeskParts,
  { caller }: Errand,
  { ...asked }: Pick<OwnOrder<U>, 'id' | 'draft' | 'alike' | 'consents' | 'foreign'>,
): OwnOrder<U> => ({
  ...asked,
  scope: caller.place,
  signer: signerOf(parts, caller),
  expMs: expiryMsOf(parts, asked.id),
  till: caller.till,
  judged: 'ahead',
})

/** An order that is signed as this, whenever it comes. */
export const always = (body: TransactionBody): Pick<OwnOrder, 'draft' | 'alike'> => ({
  draft: () => body,
  alike: () => [body],
})

export const ASSET_REQUIRED = {
  kind: 'unclear',
  code: 'asset_required',
} as const satisfies Unclear

export const ORDER_MISMATCH = {
  kind: 'unclear',
  code: 'order_mismatch',
} as const satisfies Unclear

export const SALE_PENDING = {
  kind: 'unclear',
  code: 'sale_pending',
} as const satisfies Unclear

export const TAGS_NOT_SUPPORTED = {
  kind: 'unclear',
  code: 'tags_not_supported',
} as const satisfies Unclear
