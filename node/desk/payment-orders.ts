import type {
  CardName,
  CashoutOrder,
  Desk,
  Errand,
  PayerName,
  PaymentOrder,
  TopUpOrder,
} from '#api/ports/desk.ts'
import { units } from '#protocol/amount.ts'
import { cardIdOfKey } from '#protocol/derive.ts'
import type { AssetId, PlaceId } from '#protocol/id.ts'
import { cardKeyOf } from '#protocol/transaction/card-key.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import type { BodyOf, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signerOfSeed } from '../keys/key-of-seed.ts'
import { cardOf } from './card-names.ts'
import {
  ASSET_REQUIRED,
  actingIn,
  always,
  type OpenDesk,
  onlyAssetOf,
  orderOf,
  SALE_PENDING,
  TAGS_NOT_SUPPORTED,
} from './desk-parts.ts'
import type { Signer } from './key-ring.ts'
import type { OwnOrder } from './own-orders.ts'
import type { OwnConsent } from './own-transaction.ts'
import { isCancelling } from './submitter.ts'

/** Orders about money: each becomes one transaction under the caller's grant. */
export const createPaymentOrders = (
  parts: OpenDesk,
): Pick<Desk, 'pay' | 'refund' | 'topUp' | 'cashOut'> => ({
  pay: (order, errand) => forgetting(secretsOf(order.payers), () => pay(parts, order, errand)),
  refund: async ({ id, sale, amount }, errand) => {
    const body: BodyOf<'refund'> = {
      kind: 'refund',
      ...actingIn(errand.caller),
      sale,
      ...(amount !== undefined && { amount: units(amount) }),
    }
    const isPending = () => isSalePending(parts, errand.caller.place, sale)
    const signing = { ...always(body), draft: () => (isPending() ? SALE_PENDING : body) }
    return parts.orders.place(orderOf(parts, errand, { id, ...signing }), errand)
  },
  topUp: (order, errand) => forgetting(secretsOf([order.to]), () => topUp(parts, order, errand)),
  cashOut: (order, errand) => {
    const secrets = [...secretsOf([order.payer]), ...(order.secret ? [order.secret] : [])]
    return forgetting(secrets, () => cashOut(parts, order, errand))
  },
})

/** The secrets are zeros as soon as the work has begun: what needs them is signed by then. */
const forgetting = <T>(secrets: readonly Uint8Array[], work: () => Promise<T>): Promise<T> => {
  try {
    return work()
  } finally {
    for (const secret of secrets) secret.fill(0)
  }
}

const secretsOf = (
  names: readonly (PayerName | CardName | TopUpOrder['to'])[],
): readonly Uint8Array[] => names.flatMap((name) => ('secret' in name ? [name.secret] : []))

const pay: (parts: OpenDesk, order: PaymentOrder, errand: Errand) => ReturnType<Desk['pay']> =
  async (parts, order, errand) => {
    const named = namedOf(parts, order.payers)
    if (named === undefined) return TAGS_NOT_SUPPORTED
    const { id, unit, scale, assets, lines, memo } = order
    const amount = units(order.amount)
    const { place } = errand.caller
    const body: BodyOf<'sale'> = {
      kind: 'sale',
      ...actingIn(errand.caller),
      payers: named.map(({ payer }) => payer),
      amount,
      unit,
      scale,
      ...(assets && { assets: [...assets] }),
      ...(memo && { memo }),
      ...(lines && { lines }),
    }
    const tip = tipsOf(lines)
    const agree: Agreement = {
      ...{ kind: 'sale', place, unit, scale, max: amount },
      ...(tip > 0 && { tip: units(tip) }),
    }
    const consents = () => named.flatMap(({ by }) => (by ? [{ by, agree }] : []))
    const foreign = [...order.payers.flatMap(consentsOf), ...(order.consents ?? [])]
    const own = orderOf(parts, errand, { id, ...always(body), consents, foreign })
    return parts.orders.place(own, errand)
  }

const tipsOf = (lines: PaymentOrder['lines'] = []): number =>
  lines.reduce((sum, line) => sum + (line.line === 'tip' ? line.amount : 0), 0)

/** What others signed for a payer. */
const consentsOf = (payer: PayerName): readonly string[] => {
  if ('consent' in payer) return [payer.consent]
  return payer.tap === undefined ? [] : [payer.tap]
}

const topUp: (parts: OpenDesk, order: TopUpOrder, errand: Errand) => ReturnType<Desk['topUp']> =
  async (parts, { id, to, amount, category = 'local', asset: named, consents }, errand) => {
    const receiver = oneOf(parts, to)?.payer
    if (receiver === undefined) return TAGS_NOT_SUPPORTED
    const bodyIn = (asset: AssetId): BodyOf<'issue'> => ({
      kind: 'issue',
      ...actingIn(errand.caller),
      asset,
      amount: units(amount),
      to: receiver,
    })
    const { place } = errand.caller
    const usual = category === 'local' ? parts.topUpAsset : undefined
    const signing = inAsset(parts, { named, usual, category, place }, bodyIn)
    return parts.orders.place(
      orderOf(parts, errand, { id, ...signing, foreign: consents ?? [] }),
      errand,
    )
  }

const cashOut: (
  parts: OpenDesk,
  order: CashoutOrder,
  errand: Errand,
) => ReturnType<Desk['cashOut']> = async (parts, order, errand) => {
  const named = oneOf(parts, order.payer)
  if (named === undefined) return TAGS_NOT_SUPPORTED
  const { place } = errand.caller
  const amount = units(order.amount)
  const bodyIn = (asset: AssetId): BodyOf<'cashout'> => ({
    kind: 'cashout',
    ...actingIn(errand.caller),
    payer: named.payer,
    asset,
    amount,
  })
  const signing = inAsset(parts, { named: order.asset, category: 'local', place }, bodyIn)
  const consents = (body: TransactionBody): readonly OwnConsent[] => {
    const by = order.secret ? signerOfSecret(order.secret) : named.by
    if (by === undefined || body.kind !== 'cashout') return []
    return [{ by, agree: { kind: 'cashout', place, asset: body.asset, max: amount } }]
  }
  return parts.orders.place(orderOf(parts, errand, { id: order.id, ...signing, consents }), errand)
}

/**
 * In the asset that is named, else in the usual one, else in the place's only one of the category. Once signed,
 * an order that named none is known by any asset of the place: which is the only one may change.
 */
const inAsset = (
  parts: OpenDesk,
  {
    named,
    usual,
    category,
    place,
  }: {
    readonly named: AssetId | undefined
    readonly usual?: AssetId | undefined
    readonly category: 'local' | 'gift'
    readonly place: PlaceId
  },
  bodyIn: (asset: AssetId) => TransactionBody,
): Pick<OwnOrder<typeof ASSET_REQUIRED>, 'draft' | 'alike'> => {
  if (named !== undefined) return always(bodyIn(named))
  return {
    draft: () => {
      const asset = usual ?? onlyAssetOf(parts, place, category)
      return asset === undefined ? ASSET_REQUIRED : bodyIn(asset)
    },
    alike: () => {
      const assets = parts.view().get('place', place)?.assets ?? []
      return (usual === undefined ? assets : [usual, ...assets]).map(bodyIn)
    },
  }
}

/**
 * Whether a sale that final state lacks is on its way: in the outbox, or in a block that is not final.
 * Judged against final state its refund would be refused for good.
 */
const isSalePending = (
  { view, tip, outcomes }: OpenDesk,
  place: PlaceId,
  sale: PaymentId,
): boolean => {
  const key = `${place}/${sale}`
  if (view().get('sale', key) !== undefined) return false
  if (tip().get('sale', key) !== undefined) return true
  const use = outcomes.useOf(place, sale)
  return use?.by === 'outbox' && !use.entries.every(isCancelling)
}

/** A payer, and who signs for it: a card that showed its secret. */
type Named = { readonly payer: Payer; readonly by?: Signer }

/** Undefined when one is named by a tag and the tag key is missing. */
const namedOf = (parts: OpenDesk, names: readonly PayerName[]): readonly Named[] | undefined => {
  const named = names.flatMap((name) => oneOf(parts, name) ?? [])
  return named.length === names.length ? named : undefined
}

const oneOf = (parts: OpenDesk, name: PayerName | TopUpOrder['to']): Named | undefined => {
  if ('wallet' in name) return { payer: { wallet: name.wallet } }
  if ('secret' in name) {
    const by = signerOfSecret(name.secret)
    return { payer: { card: cardIdOfKey(by.signerKey) }, by }
  }
  const card = cardOf(name, parts.tagKey())
  return card && { payer: { card } }
}

/** The key that grows from a card's secret signs the card's own agreement. */
const signerOfSecret = (secret: Uint8Array): Signer => {
  const seed = cardKeyOf(secret)
  const signer = signerOfSeed(seed)
  seed.fill(0)
  return signer
}
