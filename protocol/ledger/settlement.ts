import { ZERO } from '../amount.ts'
import type { WalletId } from '../id.ts'
import type { HoldRecord } from '../state/record-hold.ts'
import { bindingTo, ownerOf, remainderOf } from './hold.ts'
import type { Flow, Removal, Write } from './rule.ts'
import { writing } from './rule.ts'
import type { View } from './view.ts'

/** Terms of a hold that only a settlement ends, before it is open. */
export type SettledTerms = Pick<
  HoldRecord,
  'id' | 'purpose' | 'owner' | 'beneficiary' | 'key' | 'asset' | 'cap' | 'topup'
>

/** A hold that never expires. */
export const settledHold = (terms: SettledTerms): HoldRecord => ({
  ...terms,
  status: 'open',
  captured: ZERO,
  graceMs: 0,
})

/** What a rule does about some of these holds at once. */
export type Settlement = {
  readonly flows: readonly Flow[]
  readonly writes: readonly Write[]
  readonly removes: readonly Removal[]
}

/** Sets all of them apart. Their owners have that much available, and room for them. */
export const openSettled = (view: View, holds: readonly HoldRecord[]): Settlement => ({
  flows: holds.map(({ asset, cap: amount, owner }) => ({
    asset,
    amount,
    from: owner,
    to: owner,
    held: 'to',
  })),
  writes: [
    ...holds.map((hold) => writing('hold', hold.id, hold)),
    ...ownersOf(holds).map((owner) =>
      bindingTo(ownerOf(view, owner), (bound) => [
        ...bound,
        ...holds.filter((hold) => hold.owner === owner).map(({ id }) => id),
      ]),
    ),
  ],
  removes: [],
})

/** How a hold ends: what of it ceases to be, because it was paid outside and for other reasons. */
export type Ending = { readonly hold: HoldRecord; readonly paid: number; readonly setOff: number }

/** Ends all of them: the rest goes back to their owners, and their records go. */
export const endSettled = (view: View, endings: readonly Ending[]): Settlement => {
  const holds = endings.map(({ hold }) => hold)
  return {
    flows: endings.flatMap(flowsOf),
    writes: ownersOf(holds).map((owner) =>
      bindingTo(ownerOf(view, owner), (bound) =>
        bound.filter((id) => !holds.some((hold) => hold.id === id)),
      ),
    ),
    removes: holds.map(({ id: key }) => ({ family: 'hold', key })),
  }
}

function flowsOf({ hold, paid, setOff }: Ending): readonly Flow[] {
  const { asset, owner: from } = hold
  const out = { asset, from, held: 'from' } as const
  const rest = remainderOf(hold) - paid - setOff
  return [
    { ...out, amount: paid, redeems: true as const },
    { ...out, amount: setOff },
    { ...out, amount: rest, to: from },
  ].filter(({ amount }) => amount > 0)
}

function ownersOf(holds: readonly HoldRecord[]): readonly WalletId[] {
  return [...new Set(holds.map(({ owner }) => owner))]
}
