import { parseId } from '../../id.ts'
import type { CounterRecord, MandateRecord } from '../../state/record.ts'
import { parametersOf } from '../network.ts'
import type { Touched } from '../touched.ts'
import type { View } from '../view.ts'
import { type Finding, finding } from './finding.ts'

/**
 * Invariant 4 for counters, read from their names: charges within the mandate that covers them,
 * spending within the asset's card limits, refusals within what a scope may. Nothing is forgotten
 * before its day is over.
 */
export const checkCounters = (
  view: View,
  touched: Touched,
  blockTimeMs: number,
): Finding | undefined => {
  for (const [name, before] of touched.counter) {
    const after = view.get('counter', name)
    if (after === before) continue
    const broken =
      after === undefined
        ? checkGone(before, blockTimeMs)
        : (checkRise(before, after) ?? checkCap(view, touched, after))
    if (broken !== undefined) return broken
  }
  return undefined
}

function checkGone(before: CounterRecord | undefined, timeMs: number): Finding | undefined {
  if (before === undefined || before.untilMs <= timeMs) return undefined
  return finding('counter_stays', before.name, { expected: before.value, found: 'gone' })
}

function checkRise(before: CounterRecord | undefined, after: CounterRecord): Finding | undefined {
  if (before === undefined || after.value >= before.value) return undefined
  return finding('counter_never_falls', after.name, { expected: before.value, found: after.value })
}

function checkCap(view: View, touched: Touched, counter: CounterRecord): Finding | undefined {
  const expected = capOf(view, touched, counter.name.split('/'))
  if (counter.value <= expected) return undefined
  return finding('counter_cap', counter.name, { expected, found: counter.value })
}

/** 0 for a counter of nothing known. */
function capOf(view: View, touched: Touched, parts: readonly string[]): number {
  const [subject = '', first = '', second = '', third = ''] = parts
  switch (subject) {
    case 'refused':
      return parametersOf(view).refusedPerHour
    case 'charge':
      return mandateCap(view, touched, { payer: first, place: second })
    case 'spend':
      return third === '' ? 0 : cardLimit(view, { card: first, asset: second })
    default:
      return 0
  }
}

/** The highest daily cap that covered the payer at the place, before or after the block. */
function mandateCap(
  view: View,
  touched: Touched,
  { payer, place }: { readonly payer: string; readonly place: string },
): number {
  const wallet =
    parseId('crd', payer) === undefined ? payer : (view.get('card', payer)?.wallet ?? '')
  const federations = view.get('place', place)?.federations ?? []
  let cap = 0
  for (const to of [place, ...federations]) {
    const key = `${wallet}/${to}`
    const mandates: (MandateRecord | undefined)[] = [
      view.get('mandate', key),
      touched.mandate.get(key),
    ]
    for (const mandate of mandates) cap = Math.max(cap, mandate?.caps.day ?? 0)
  }
  return cap
}

function cardLimit(
  view: View,
  { card, asset }: { readonly card: string; readonly asset: string },
): number {
  const strength = view.get('card', card)?.strength
  if (strength === undefined) return 0
  return view.get('asset', asset)?.cardLimits[strength].day ?? 0
}
