import { units } from '../amount.ts'
import type { HoldId, WalletId } from '../id.ts'
import { OPEN_HOLDS_PER_BENEFICIARY_MAX, OPEN_HOLDS_PER_WALLET_MAX } from '../limits.ts'
import type { PlaceRecord, WalletRecord } from '../state/record.ts'
import type { HoldRecord } from '../state/record-hold.ts'
import { OpenPurpose } from '../transaction/kinds/hold.ts'
import { type Flow, type Write, writing } from './rule.ts'
import type { View } from './view.ts'

/** What a hold still keeps apart; nothing once it is closed. */
export const remainderOf = ({ status, cap, captured }: HoldRecord): number =>
  status === 'open' ? cap - captured : 0

/** Whether places opened it by `hold.open`: the others end by a settlement and are never captured. */
export const isOpenedByPlace = ({ purpose }: HoldRecord): boolean => OPENED_PURPOSES.has(purpose)

/** Time of the last block that followed a gap of more than two heartbeats; 0 if none did. */
export const lastGapMs = (view: View): number => view.get('clock', 'clock')?.gapMs ?? 0

/** From when on a hold is over. A ledger that stood still gives its grace anew when it wakes. */
export const releaseAtMs = (
  { expiresAtMs, graceMs }: Pick<HoldRecord, 'expiresAtMs' | 'graceMs'>,
  gapMs: number,
): number =>
  expiresAtMs === undefined ? Number.POSITIVE_INFINITY : Math.max(expiresAtMs, gapMs) + graceMs

/** Whether a wallet has as many open holds as it may. */
export const hasTooManyHolds = ({ holds }: WalletRecord): boolean =>
  (holds?.length ?? 0) >= OPEN_HOLDS_PER_WALLET_MAX

/** Whether a wallet has as many open holds as it may, or as many that one place opened. */
export const hasTooManyHoldsFor = (
  view: View,
  wallet: WalletRecord,
  beneficiary: HoldRecord['beneficiary'],
): boolean => {
  if (hasTooManyHolds(wallet)) return true
  const own = (wallet.holds ?? []).filter((id) => {
    const hold = view.get('hold', id)
    return hold !== undefined && hold.beneficiary === beneficiary && isOpenedByPlace(hold)
  })
  return own.length >= OPEN_HOLDS_PER_BENEFICIARY_MAX
}

/** Whether a wallet may have so many more open holds. */
export const hasRoomForHolds = ({ holds }: WalletRecord, more: number): boolean =>
  (holds?.length ?? 0) + more <= OPEN_HOLDS_PER_WALLET_MAX

/** What a rule does about holds: to be put into its flows and its writes. */
export type HoldStep = { readonly flows: readonly Flow[]; readonly writes: readonly Write[] }

/** Sets the cap of a new hold apart. The owner has it available, and room for one more hold. */
export const openHold = (view: View, hold: HoldRecord): HoldStep => {
  const { asset, cap: amount, owner } = hold
  return {
    flows: [{ asset, amount, from: owner, to: owner, held: 'to' }],
    writes: [
      writing('hold', hold.id, hold),
      bindingTo(ownerOf(view, owner), (holds) => [...holds, hold.id]),
    ],
  }
}

/** Ends a hold and gives what is left of it back to its owner. The record says that it is closed. */
export const closeHold = (view: View, hold: HoldRecord): HoldStep => {
  const { asset, owner } = hold
  const amount = remainderOf(hold)
  return {
    flows: amount === 0 ? [] : [{ asset, amount, from: owner, to: owner, held: 'from' }],
    writes: endOf(view, hold),
  }
}

/** Pays a place out of a hold. What is captured in full is closed. */
export const captureHold = (
  view: View,
  hold: HoldRecord,
  { amount, to }: { readonly amount: number; readonly to: PlaceRecord },
): HoldStep => {
  const { asset, owner } = hold
  const after = { ...hold, captured: units(hold.captured + amount) }
  return {
    flows: [{ asset, amount, from: owner, to: to.wallet, held: 'from' }],
    writes: after.captured < after.cap ? [writing('hold', hold.id, after)] : endOf(view, after),
  }
}

/** Hands part of what a hold keeps apart to a new one of the same terms; all of it ends the first. */
export const splitHold = (view: View, hold: HoldRecord, part: HoldRecord): HoldStep => {
  const isWhole = part.cap === remainderOf(hold)
  const rest = isWhole
    ? { ...hold, status: 'closed' as const }
    : { ...hold, cap: units(hold.cap - part.cap) }
  const bound = bindingTo(ownerOf(view, hold.owner), (holds) => [
    ...holds.filter((id) => !isWhole || id !== hold.id),
    part.id,
  ])
  return {
    flows: [],
    writes: [writing('hold', hold.id, rest), writing('hold', part.id, part), bound],
  }
}

const OPENED_PURPOSES: ReadonlySet<HoldRecord['purpose']> = new Set(OpenPurpose.options)

function endOf(view: View, hold: HoldRecord): readonly Write[] {
  return [
    writing('hold', hold.id, { ...hold, status: 'closed' }),
    bindingTo(ownerOf(view, hold.owner), (holds) => holds.filter((id) => id !== hold.id)),
  ]
}

/** The wallet with other holds on its money. */
export function bindingTo(
  wallet: WalletRecord,
  change: (holds: readonly HoldId[]) => HoldId[],
): Write<'wallet'> {
  const holds = change(wallet.holds ?? [])
  return writing('wallet', wallet.id, { ...wallet, holds: holds.length === 0 ? undefined : holds })
}

export function ownerOf(view: View, id: WalletId): WalletRecord {
  const wallet = view.get('wallet', id)
  if (wallet === undefined) throw new Error(`a hold of no wallet: ${id}`)
  return wallet
}
