import { AMOUNT_MAX } from '../../amount.ts'
import type { AssetRecord, BalanceRecord } from '../../state/record.ts'
import type { Touched } from '../touched.ts'
import { type Finding, finding } from './finding.ts'

/**
 * Invariants 1 and 2 over what a block touched. With the full check at the start they hold for the
 * whole state: per asset, what all balances gained is what its supply gained.
 */
export const checkConservation = (touched: Touched): Finding | undefined => {
  const gained = new Map<string, number>()
  return checkBalances(touched, gained) ?? checkAssets(touched) ?? checkSums(touched, gained)
}

/** Invariant 2 in one record, and that nothing in it is negative. */
export const checkBalance = (key: string, balance: BalanceRecord): Finding | undefined => {
  const { available, held, totalIn, totalOut } = balance
  if (!(isUnits(available) && isUnits(held) && isUnits(totalIn) && isUnits(totalOut))) {
    const found = [available, held, totalIn, totalOut].find((amount) => !isUnits(amount)) ?? 0
    return finding('no_negative', key, { expected: 'units', found })
  }
  return totalIn - totalOut === available + held
    ? undefined
    : finding('balance_totals', key, { expected: totalIn - totalOut, found: available + held })
}

const isUnits = (amount: number): boolean => Number.isSafeInteger(amount) && amount >= 0

/** Supply = issued − burned, within the cap; what was redeemed was burned. */
export const checkAsset = (asset: AssetRecord): Finding | undefined => {
  const { id, supply, issued, burned, redeemed = 0, cap } = asset
  if (supply !== issued - burned) {
    return finding('supply_is_issued_less_burned', id, { expected: issued - burned, found: supply })
  }
  if (redeemed > burned) {
    return finding('redeemed_is_burned', id, { expected: burned, found: redeemed })
  }
  const most = cap ?? AMOUNT_MAX
  return supply <= most ? undefined : finding('supply_cap', id, { expected: most, found: supply })
}

/** Each balance by itself; what all of them gained of each asset is added up on the way. */
function checkBalances(touched: Touched, gained: Map<string, number>): Finding | undefined {
  for (const { key, before, after } of touched.balance) {
    if (after === before) continue
    if (after === undefined)
      return finding('balance_stays', key, { expected: 'kept', found: 'gone' })
    const broken = checkBalance(key, after) ?? checkTotals(key, before, after)
    if (broken !== undefined) return broken
    const change = sumOf(after) - (before === undefined ? 0 : sumOf(before))
    gained.set(after.asset, (gained.get(after.asset) ?? 0) + change)
  }
  return undefined
}

function checkTotals(
  key: string,
  before: BalanceRecord | undefined,
  { totalIn, totalOut }: BalanceRecord,
): Finding | undefined {
  if (before === undefined || (totalIn >= before.totalIn && totalOut >= before.totalOut)) {
    return undefined
  }
  const expected = `at least ${before.totalIn} in, ${before.totalOut} out`
  return finding('totals_never_fall', key, { expected, found: `${totalIn} in, ${totalOut} out` })
}

function checkAssets(touched: Touched): Finding | undefined {
  for (const { key, before, after } of touched.asset) {
    if (after === before) continue
    if (after === undefined) return finding('asset_stays', key, { expected: 'kept', found: 'gone' })
    const broken = checkAsset(after) ?? checkSupply(before, after)
    if (broken !== undefined) return broken
  }
  return undefined
}

function checkSupply(before: AssetRecord | undefined, after: AssetRecord): Finding | undefined {
  if (before === undefined) return undefined
  if (after.category === 'fixed' && after.supply !== before.supply) {
    return finding('fixed_supply', after.id, { expected: before.supply, found: after.supply })
  }
  if ((after.redeemed ?? 0) < (before.redeemed ?? 0)) {
    const expected = `at least ${before.redeemed}`
    return finding('redeemed_never_falls', after.id, { expected, found: after.redeemed ?? 0 })
  }
  if (after.issued >= before.issued && after.burned >= before.burned) return undefined
  const expected = `at least ${before.issued} issued, ${before.burned} burned`
  const found = `${after.issued} issued, ${after.burned} burned`
  return finding('issued_and_burned_never_fall', after.id, { expected, found })
}

/** An asset that only its supply or only balances changed counts as 0 on the other side. */
function checkSums(touched: Touched, gained: Map<string, number>): Finding | undefined {
  const supplied = new Map<string, number>()
  for (const { key, before, after } of touched.asset) {
    supplied.set(key, (after?.supply ?? 0) - (before?.supply ?? 0))
    if (!gained.has(key)) gained.set(key, 0)
  }
  for (const [asset, found] of gained) {
    const expected = supplied.get(asset) ?? 0
    if (expected !== found) return finding('conservation', asset, { expected, found })
  }
  return undefined
}

function sumOf({ available, held }: BalanceRecord): number {
  return available + held
}
