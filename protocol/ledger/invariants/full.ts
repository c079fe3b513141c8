import type { FamilyName, Records } from '../../state/families.ts'
import type { View } from '../view.ts'
import { checkReach } from './cards.ts'
import { checkAsset, checkBalance } from './conservation.ts'
import { type Finding, finding } from './finding.ts'
import { addTo, checkHold } from './holds.ts'
import { checkSale } from './once.ts'
import { checkGrant } from './rights.ts'
import { checkTopUp } from './topups.ts'
import { checkKey, checkKeysOf } from './wallets.ts'

/** A state whose records can all be read. */
export type FullView = View & {
  readonly entries: <F extends FamilyName>(
    family: F,
  ) => Iterable<{ readonly key: string; readonly record: Records[F] }>
}

/** Every invariant of ledger.md §11 that one state alone can show: what a node checks as it starts. */
export const checkEverything = (view: FullView): Finding | undefined =>
  checkEach(view, 'balance', checkBalance) ??
  checkEach(view, 'balance', (key, balance) => checkReach(view, key, balance)) ??
  checkEach(view, 'asset', (_, asset) => checkAsset(asset)) ??
  checkEach(view, 'sale', checkSale) ??
  checkEach(view, 'grant', (_, grant) => checkGrant(grant)) ??
  checkEach(view, 'hold', checkHold) ??
  checkEach(view, 'topup', checkTopUp) ??
  checkEach(view, 'wallet', (_, wallet) => checkKeysOf(view, wallet)) ??
  checkEach(view, 'key', (_, key) => checkKey(view, key)) ??
  checkSupplies(view) ??
  checkHeld(view) ??
  checkAncestors(view)

function checkEach<F extends FamilyName>(
  view: FullView,
  family: F,
  check: (key: string, record: Records[F]) => Finding | undefined,
): Finding | undefined {
  for (const { key, record } of view.entries(family)) {
    const broken = check(key, record)
    if (broken !== undefined) return broken
  }
  return undefined
}

/** Per asset: Σ (available + held) = supply. Exact whatever the balances claim. */
function checkSupplies(view: FullView): Finding | undefined {
  const sums = new Map<string, bigint>()
  for (const { record } of view.entries('balance')) {
    const { asset, available, held } = record
    sums.set(asset, (sums.get(asset) ?? 0n) + BigInt(available) + BigInt(held))
  }
  for (const { key, record } of view.entries('asset')) {
    const found = sums.get(key) ?? 0n
    sums.delete(key)
    if (found !== BigInt(record.supply)) {
      return finding('conservation', key, { expected: record.supply, found: String(found) })
    }
  }
  for (const asset of sums.keys()) {
    return finding('asset_known', asset, { expected: 'an asset', found: 'only balances' })
  }
  return undefined
}

/** What the children of a grant used was counted at it as well. */
function checkAncestors(view: FullView): Finding | undefined {
  const used = new Map<string, bigint>()
  for (const { record } of view.entries('grant')) {
    if (record.parent === undefined) continue
    used.set(record.parent, (used.get(record.parent) ?? 0n) + BigInt(record.total))
  }
  for (const [id, found] of used) {
    const expected = view.get('grant', id)?.total ?? -1
    if (found > BigInt(expected)) {
      return finding('grant_counted_at_parent', id, { expected, found: String(found) })
    }
  }
  return undefined
}

/** What every balance holds is what the open holds on it have left. */
function checkHeld(view: FullView): Finding | undefined {
  const left = new Map<string, number>()
  for (const { record } of view.entries('hold')) addTo(left, record, 1)
  for (const { key, record } of view.entries('balance')) {
    const expected = left.get(key) ?? 0
    left.delete(key)
    if (record.held !== expected) {
      return finding('held_is_of_holds', key, { expected, found: record.held })
    }
  }
  for (const [key, found] of left) {
    if (found > 0) return finding('held_is_of_holds', key, { expected: 0, found })
  }
  return undefined
}
