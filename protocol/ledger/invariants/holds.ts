import type { BalanceRecord } from '../../state/record.ts'
import type { HoldRecord } from '../../state/record-hold.ts'
import { lastGapMs, releaseAtMs, remainderOf } from '../hold.ts'
import type { Touched } from '../touched.ts'
import type { View } from '../view.ts'
import { walletKey } from '../wallet-key.ts'
import { type Finding, finding } from './finding.ts'

/**
 * Invariant 3 for holds, and that what a balance holds is what its open holds have left: a hold is
 * resolved once, what it gave never falls nor passes its cap, it is always of the same thing, and it is
 * captured before it is over and taken away after.
 */
export const checkHolds = (view: View, touched: Touched, timeMs: number): Finding | undefined => {
  const gapMs = lastGapMs(view)
  const left = new Map<string, number>()
  for (const { key, before, after } of touched.hold) {
    if (after === before) continue
    const broken =
      checkHold(key, after) ??
      checkStep(key, before, after) ??
      checkTime({ before, after }, { gapMs, timeMs })
    if (broken !== undefined) return broken
    addTo(left, before, -1)
    addTo(left, after, 1)
  }
  return checkHeld(touched, left)
}

/** Captures within the cap. */
export const checkHold = (key: string, hold: HoldRecord | undefined): Finding | undefined =>
  hold === undefined || hold.captured <= hold.cap
    ? undefined
    : finding('captured_within_cap', key, { expected: hold.cap, found: hold.captured })

/** What the holds of a balance have left, by its key. */
export const addTo = (
  left: Map<string, number>,
  hold: HoldRecord | undefined,
  sign: 1 | -1,
): void => {
  if (hold === undefined) return
  const key = walletKey(hold.owner, hold.asset)
  left.set(key, (left.get(key) ?? 0) + sign * remainderOf(hold))
}

function checkStep(
  key: string,
  before: HoldRecord | undefined,
  after: HoldRecord | undefined,
): Finding | undefined {
  if (before === undefined || after === undefined) return undefined
  if (before.status === 'closed' && after.status === 'open') {
    return finding('hold_resolves_once', key, { expected: 'closed', found: 'open' })
  }
  if (after.captured < before.captured) {
    return finding('captured_never_falls', key, {
      expected: before.captured,
      found: after.captured,
    })
  }
  const isSame =
    after.asset === before.asset &&
    after.beneficiary === before.beneficiary &&
    after.key === before.key &&
    after.cap <= before.cap
  return isSame ? undefined : finding('hold_stays', key, { expected: 'kept', found: 'changed' })
}

/** Nothing is captured once a hold is over, and nobody takes a hold away before. */
function checkTime(
  {
    before,
    after,
  }: { readonly before?: HoldRecord | undefined; readonly after?: HoldRecord | undefined },
  { gapMs, timeMs }: { readonly gapMs: number; readonly timeMs: number },
): Finding | undefined {
  if (before?.expiresAtMs === undefined) return undefined
  const isOver = timeMs >= releaseAtMs(before, gapMs)
  if (after === undefined) {
    return isOver
      ? undefined
      : finding('hold_stays', before.id, { expected: 'kept', found: 'gone' })
  }
  return isOver && after.captured !== before.captured
    ? finding('captured_in_time', before.id, { expected: before.captured, found: after.captured })
    : undefined
}

function checkHeld({ balance }: Touched, left: Map<string, number>): Finding | undefined {
  for (const { key, before, after } of balance) {
    const found = heldIn(after) - heldIn(before)
    const expected = left.get(key) ?? 0
    if (found !== expected) return finding('held_is_of_holds', key, { expected, found })
    left.delete(key)
  }
  for (const [key, expected] of left) {
    if (expected !== 0) return finding('held_is_of_holds', key, { expected, found: 0 })
  }
  return undefined
}

function heldIn(balance: BalanceRecord | undefined): number {
  return balance?.held ?? 0
}
