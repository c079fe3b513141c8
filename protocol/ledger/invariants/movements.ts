import type { AssetId } from '../../id.ts'
import type { BalanceRecord } from '../../state/record.ts'
import { BatchOperation, type Kind } from '../../transaction/kinds/transaction-body.ts'
import type { LedgerEvent, Movement } from '../event.ts'
import { FLOW_SHAPES, type FlowShape } from '../movement.ts'
import type { Touched } from '../touched.ts'
import { walletKey } from '../wallet-key.ts'
import { type Finding, finding } from './finding.ts'

/**
 * What events tell is what happened: per balance, the movements of a block add up to its change;
 * per event and asset, money appears or vanishes only under a kind whose shapes say so.
 */
export const checkMovements = (
  touched: Touched,
  {
    swept,
    events,
  }: { readonly swept: readonly Movement[]; readonly events: readonly LedgerEvent[] },
): Finding | undefined => {
  const told = new Map<string, Told>()
  for (const movement of swept) {
    if (movement.change !== 0)
      return finding('sweep_moves_nothing', movement.wallet, {
        expected: 0,
        found: movement.change,
      })
    tell(told, movement)
  }
  for (const event of events) {
    const broken = checkEvent(event)
    if (broken !== undefined) return broken
    for (const movement of event.movements) tell(told, movement)
  }
  return checkTold(touched, told)
}

function checkEvent(event: LedgerEvent): Finding | undefined {
  const { movements, outcome, id } = event
  if (movements.length === 0) return undefined
  if (outcome !== 'applied') {
    return finding('refused_moves_nothing', id, { expected: 0, found: movements.length })
  }
  if (isBalancedPair(movements)) return undefined
  const ways = waysOf(event.kind)
  for (const [asset, sum] of sumsOf(movements)) {
    if ((sum > 0 && !ways.issues) || (sum < 0 && !ways.burns)) {
      return finding('movements_of_kind', `${id} ${asset}`, { expected: event.kind, found: sum })
    }
  }
  return undefined
}

/** What leaves one balance enters another: nearly every payment, and allowed to every kind. */
function isBalancedPair(movements: readonly Movement[]): boolean {
  const one = movements[0]
  const other = movements[1]
  if (one === undefined || other === undefined || movements.length > 2) return false
  return one.asset === other.asset && one.change + other.change === 0
}

function sumsOf(movements: readonly Movement[]): Map<AssetId, number> {
  const sums = new Map<AssetId, number>()
  for (const { asset, change } of movements) sums.set(asset, (sums.get(asset) ?? 0) + change)
  return sums
}

/** What movements say of one balance. */
type Told = { change: number; held: number }

function tell(told: Map<string, Told>, { wallet, asset, change, held = 0 }: Movement): void {
  const key = walletKey(wallet, asset)
  const known = told.get(key)
  if (known === undefined) {
    told.set(key, { change, held })
    return
  }
  known.change += change
  known.held += held
}

const UNTOLD: Told = { change: 0, held: 0 }

function checkTold(touched: Touched, told: Map<string, Told>): Finding | undefined {
  for (const { key, before, after } of touched.balance) {
    const found = { change: sumOf(after) - sumOf(before), held: heldOf(after) - heldOf(before) }
    const differs = compare(key, told.get(key) ?? UNTOLD, found)
    if (differs !== undefined) return differs
    told.delete(key)
  }
  // What is left was told of balances that nothing touched.
  for (const [key, expected] of told) {
    const differs = compare(key, expected, UNTOLD)
    if (differs !== undefined) return differs
  }
  return undefined
}

function compare(key: string, expected: Told, found: Told): Finding | undefined {
  if (expected.change !== found.change) {
    return finding('movements_told', key, { expected: expected.change, found: found.change })
  }
  if (expected.held === found.held) return undefined
  return finding('movements_told_held', key, { expected: expected.held, found: found.held })
}

function heldOf(balance: BalanceRecord | undefined): number {
  return balance?.held ?? 0
}

function sumOf(balance: BalanceRecord | undefined): number {
  return (balance?.available ?? 0) + heldOf(balance)
}

/** Those of every kind that a batch can hold. */
const BATCH_SHAPES: readonly FlowShape[] = BatchOperation.options.flatMap(
  (option): readonly FlowShape[] => FLOW_SHAPES[option.shape.kind.value],
)

type WaysOut = { readonly issues: boolean; readonly burns: boolean }

function waysOf(kind: Kind): WaysOut {
  const shapes: readonly FlowShape[] = kind === 'batch' ? BATCH_SHAPES : FLOW_SHAPES[kind]
  return {
    issues: shapes.some(({ from }) => from.some((end) => end === 'outside')),
    burns: shapes.some(({ to }) => to.some((end) => end === 'outside')),
  }
}
