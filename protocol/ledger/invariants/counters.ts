import { parseId, type WalletId } from '../../id.ts'
import { type Parameters, refusalShareOf } from '../../state/parameters.ts'
import type { CounterRecord } from '../../state/record.ts'
import { parametersOf } from '../network.ts'
import type { Touched, Widest } from '../touched.ts'
import type { View } from '../view.ts'
import { walletKey } from '../wallet-key.ts'
import { type Finding, finding } from './finding.ts'

/**
 * Invariant 4 for counters, read from their names: charges within the mandate that covers them,
 * spending within the asset's card limits, issues within its limit a day, refusals and opened wallets
 * within what a scope may. Nothing is forgotten before its day is over.
 */
export const checkCounters = (
  view: View,
  touched: Touched,
  { widest, timestampMs }: Meanwhile,
): Finding | undefined => {
  const bounds = { widest, before: touched.network[0]?.before?.parameters }
  for (const { before, after } of touched.counter) {
    if (after === before) continue
    const broken =
      after === undefined
        ? checkGone(before, timestampMs)
        : (checkRise(before, after) ?? checkCap(view, bounds, after))
    if (broken !== undefined) return broken
  }
  return undefined
}

/** What a block says beside the records before and after it. */
type Meanwhile = { readonly widest: Widest; readonly timestampMs: number }

/** What bounded counters, where a block changed it: as wide as it was meanwhile. */
type Bounds = { readonly widest: Widest; readonly before: Parameters | undefined }

function checkGone(before: CounterRecord | undefined, timeMs: number): Finding | undefined {
  if (before === undefined || before.untilMs <= timeMs) return undefined
  return finding('counter_stays', before.name, { expected: before.value, found: 'gone' })
}

function checkRise(before: CounterRecord | undefined, after: CounterRecord): Finding | undefined {
  if (before === undefined || after.value >= before.value) return undefined
  return finding('counter_never_falls', after.name, { expected: before.value, found: after.value })
}

function checkCap(view: View, bounds: Bounds, counter: CounterRecord): Finding | undefined {
  const expected = capOf(view, bounds, counter.name)
  if (counter.value <= expected) return undefined
  return finding('counter_cap', counter.name, { expected, found: counter.value })
}

/** 0 for a counter of nothing known. */
function capOf(view: View, bounds: Bounds, name: string): number {
  const subject = partAt(name, 0)
  const first = partAt(name, subject.length + 1)
  const second = partAt(name, subject.length + first.length + 2)
  const third = partAt(name, subject.length + first.length + second.length + 3)
  switch (subject) {
    case 'refused':
      return mostOf(view, bounds, third === '' ? scopeShareOf : refusalShareOf)
    case 'wallets':
      return mostOf(view, bounds, ({ walletsPerDay }) => walletsPerDay)
    case 'issued':
      return issueLimit(view, bounds, first)
    case 'charge':
      return mandateCap(view, bounds, { payer: first, place: second })
    case 'spend':
      return third === '' ? 0 : cardLimit(view, bounds, { card: first, asset: second })
    default:
      return 0
  }
}

/** What a name says from a place on up to the next slash, if there is one; nothing past its end. */
function partAt(name: string, from: number): string {
  const to = name.indexOf('/', from)
  return to === -1 ? name.slice(from) : name.slice(from, to)
}

const scopeShareOf = ({ refusedPerHour }: Parameters): number => refusedPerHour

/** What a parameter allows or, where the block changed it, allowed at its beginning. */
function mostOf(
  view: View,
  { before }: Bounds,
  allowed: (parameters: Parameters) => number,
): number {
  const now = allowed(parametersOf(view))
  return before === undefined ? now : Math.max(now, allowed(before))
}

/** The highest daily cap that covered the payer at the place, before, in or after the block. */
function mandateCap(
  view: View,
  { widest }: Bounds,
  { payer, place }: { readonly payer: string; readonly place: string },
): number {
  const record = view.get('place', place)
  if (record === undefined) return 0
  const federations = widest.federations.get(record.id) ?? record.federations
  let cap = 0
  for (const wallet of walletsOf(view, widest, payer)) {
    cap = Math.max(cap, mandateOf(view, widest, walletKey(wallet, record.id)))
    for (const federation of federations) {
      cap = Math.max(cap, mandateOf(view, widest, walletKey(wallet, federation)))
    }
  }
  return cap
}

/** The highest daily cap of a mandate, now and meanwhile. */
function mandateOf(view: View, { caps }: Widest, key: string): number {
  const meanwhile = caps.size === 0 ? undefined : caps.get(key)
  return meanwhile ?? view.get('mandate', key)?.caps.day ?? 0
}

/** An asset without a limit counts nothing. */
function issueLimit(view: View, { widest }: Bounds, asset: string): number {
  const now = view.get('asset', asset)?.issueLimits?.day ?? 0
  return Math.max(now, widest.caps.get(`${asset}/issued`) ?? 0)
}

/** A wallet itself; of a card what it reaches, or the card that took its place, and did meanwhile. */
function walletsOf(view: View, { wallets }: Widest, payer: string): readonly WalletId[] {
  const wallet = payer.startsWith('wal') ? parseId('wal', payer) : undefined
  if (wallet !== undefined) return [wallet]
  const first = view.get('card', payer)
  const card = first?.replacedBy === undefined ? first : view.get('card', first.replacedBy)
  const meanwhile = wallets.size === 0 ? undefined : wallets.get(payer)
  const present = card?.wallet === undefined ? [] : [card.wallet]
  return meanwhile === undefined ? present : [...meanwhile, ...present]
}

function cardLimit(
  view: View,
  { widest }: Bounds,
  { card, asset }: { readonly card: string; readonly asset: string },
): number {
  const strength = view.get('card', card)?.strength
  const limits = view.get('asset', asset)?.cardLimits
  if (strength === undefined || limits === undefined) return 0
  const now = (limits[strength] ?? limits.secret).day
  if (widest.caps.size === 0) return now
  return Math.max(now, widest.caps.get(`${asset}/${strength}`) ?? 0)
}
