import { units } from '#protocol/amount.ts'
import type { GrantId, Key, PlaceId } from '#protocol/id.ts'
import { limitsFor, mandateFor } from '#protocol/ledger/charge.ts'
import { isOpenedByPlace, remainderOf } from '#protocol/ledger/hold.ts'
import { availableOf } from '#protocol/ledger/movement.ts'
import { payerOf } from '#protocol/ledger/payer.ts'
import { dayOf } from '#protocol/ledger/period.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { AssetRecord, CardRecord, PlaceRecord, WalletRecord } from '#protocol/state/record.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { HoldOpen, HoldRelease } from '#protocol/transaction/kinds/hold.ts'
import type { ChargeCaps, Payer } from '#protocol/transaction/kinds/terms.ts'
import { LEASE_MARGIN_MS, LEASE_SHARE_MIN, REFRESH_SHARE } from './limits.ts'

export type LeaseSettings = {
  readonly enabled: boolean
  /** Smallest units kept apart of one payer's money in one asset. */
  readonly amount: number
  readonly minutes: number
}

/** What a venue reserves of one payer's money, of each of its assets that may be leased. */
export type LeaseTerms = {
  readonly place: PlaceId
  /** Whose key opens and captures, and by which right of the place. */
  readonly key: Key
  readonly grant: GrantId
  /** In smallest units. */
  readonly amount: number
  readonly durationMs: number
}

export type Asked = {
  readonly payer: Payer
  readonly nowMs: number
  /** The payer agreed to this lease: no mandate is needed, nor counted. */
  readonly agreed: boolean
}

/** What is done to reserve: a lease that runs low or out is given back with the opening of the next. */
export type Reservation = readonly (HoldOpen | HoldRelease)[]

/**
 * What to reserve of a payer's money now. A lease counts as charged when it is opened, and giving it
 * back does not undo that: so none takes more than half of what a day still allows, lest a payer who
 * comes back is refused for what was never spent.
 */
export const reservationFor = (view: View, terms: LeaseTerms, asked: Asked): Reservation => {
  const place = view.get('place', terms.place)
  const payer = payerOf(view, asked.payer)
  const { wallet, card } = payer
  if (place === undefined || wallet === undefined || payer.problem !== undefined) return []
  // Without a holder's mandate or a consent only a card that proves nothing may be reserved from.
  if (!asked.agreed && wallet.kind === 'card' && card?.strength !== 'weak') return []
  const caps = capsOf(view, { place, wallet, asked })
  if (caps === undefined) return []
  return leasableOf(view, place).flatMap((asset) =>
    reserve({ view, terms, asked, place, wallet, card, asset, caps, name: payer.id }),
  )
}

type Case = {
  readonly view: View
  readonly terms: LeaseTerms
  readonly asked: Asked
  readonly place: PlaceRecord
  readonly wallet: WalletRecord
  readonly card: CardRecord | undefined
  readonly asset: AssetRecord
  /** What the mandate allows. */
  readonly caps: ChargeCaps | 'agreed'
  /** Under which charges are counted. */
  readonly name: string
}

/** The caps under which the place may charge the payer; undefined: it may not without a consent. */
const capsOf = (
  view: View,
  {
    place,
    wallet,
    asked,
  }: { readonly place: PlaceRecord; readonly wallet: WalletRecord; readonly asked: Asked },
): ChargeCaps | 'agreed' | undefined => {
  const mandate = mandateFor(view, wallet.id, place, asked.nowMs)
  if (typeof mandate === 'object') return mandate.caps
  return asked.agreed ? 'agreed' : undefined
}

/** Money that a place takes and that may be leased. */
export const leasableOf = (view: View, { assets, accepts }: PlaceRecord): readonly AssetRecord[] =>
  [...new Set([...assets, ...accepts])].flatMap((id) => {
    const asset = view.get('asset', id)
    return asset?.lease === undefined || asset.archived ? [] : asset
  })

const reserve = (one: Case): Reservation => {
  const { view, terms, asked, wallet, asset } = one
  const all = (wallet.holds ?? []).flatMap((id) => view.get('hold', id) ?? [])
  const open = all.filter((hold) => hold.asset === asset.id && isOpenedByPlace(hold))
  const own = open.filter(
    ({ beneficiary, key, purpose }) =>
      beneficiary === terms.place && key === terms.key && purpose === 'lease',
  )
  if (own.some((hold) => suffices(hold, terms, asked.nowMs))) return []
  const given = sumOf(own)
  const others = sumOf(open) - given
  const free = availableOf(view, wallet.id, asset.id) + given
  const cap = Math.min(terms.amount, (asset.lease?.cap ?? 0) - others, free, allowanceOf(one))
  if (cap < Math.max(1, terms.amount * LEASE_SHARE_MIN)) return []
  // What would keep no more, and no longer, is not worth a charge in the counters.
  const isLonger = own.every((hold) => isNearlyOver(hold, terms, asked.nowMs))
  if (cap <= given && !isLonger) return []
  return [...own.map((hold) => releaseOf(terms, hold)), openingOf(one, cap)]
}

const sumOf = (holds: readonly HoldRecord[]): number =>
  holds.reduce((sum, hold) => sum + remainderOf(hold), 0)

/** Long enough from its end, and with enough left. */
export const suffices = (
  hold: HoldRecord,
  { amount, durationMs }: Pick<LeaseTerms, 'amount' | 'durationMs'>,
  nowMs: number,
): boolean =>
  !isNearlyOver(hold, { durationMs }, nowMs) && remainderOf(hold) >= amount * REFRESH_SHARE

const isNearlyOver = (
  { expiresAtMs = 0 }: HoldRecord,
  { durationMs }: Pick<LeaseTerms, 'durationMs'>,
  nowMs: number,
): boolean => expiresAtMs - nowMs <= durationMs * REFRESH_SHARE

/** The most that mandate and card allow for one charge, and half of what they allow today. */
const allowanceOf = ({ view, place, card, asset, caps, name, asked }: Case): number => {
  const day = dayOf(asked.nowMs)
  const counted = (subject: string): number => view.get('counter', `${subject}/${day}`)?.value ?? 0
  const under = (limits: ChargeCaps, subject: string): number =>
    Math.min(limits.charge, Math.floor((limits.day - counted(subject)) / 2))
  const byMandate =
    caps === 'agreed' ? Number.POSITIVE_INFINITY : under(caps, `charge/${name}/${place.id}`)
  if (card === undefined) return byMandate
  const limits = limitsFor(asset, card.strength)
  return Math.min(byMandate, under(limits, `spend/${name}/${asset.id}/${place.id}`))
}

const releaseOf = ({ place, grant }: LeaseTerms, { id: hold }: HoldRecord): HoldRelease => ({
  kind: 'hold.release',
  place,
  grant,
  hold,
})

const openingOf = ({ terms, asked, asset }: Case, cap: number): HoldOpen => ({
  kind: 'hold.open',
  place: terms.place,
  grant: terms.grant,
  payer: asked.payer,
  asset: asset.id,
  cap: units(cap),
  key: terms.key,
  purpose: 'lease',
  expiresAtMs: endMsOf(terms, asset, asked.nowMs),
})

/** A block may be somewhat before this moment: its lease must not be longer than the terms by that. */
const endMsOf = (
  { durationMs }: Pick<LeaseTerms, 'durationMs'>,
  { lease }: Pick<AssetRecord, 'lease'>,
  nowMs: number,
): number => nowMs + Math.min(durationMs, lease?.durationMs ?? 0) - LEASE_MARGIN_MS
