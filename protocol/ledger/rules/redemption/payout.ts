import { units } from '../../../amount.ts'
import type { Key } from '../../../id.ts'
import type { HoldRecord } from '../../../state/record-hold.ts'
import type { PayoutSettle } from '../../../transaction/kinds/redemption.ts'
import { remainderOf } from '../../hold.ts'
import {
  applied,
  type Judgement,
  type RuleContext,
  refuse,
  type Write,
  writing,
} from '../../rule.ts'
import { endSettled } from '../../settlement.ts'
import type { View } from '../../view.ts'

/**
 * A payout ended outside. Paid, what was set apart ceases to be; failed, it is its owner's again. The
 * hold is gone either way, so that nobody settles it twice.
 */
export const settlePayout = (view: View, body: PayoutSettle, context: RuleContext): Judgement => {
  const hold = view.get('hold', body.hold)
  if (hold?.purpose !== 'payout') return refuse('hold_unknown')
  if (!isPaidBy(view, hold, context.signer)) return refuse('hold_key_required')
  const { asset } = hold
  const key = `${asset}/${body.reference}`
  if (view.get('reference', key) !== undefined) return refuse('reference_used')
  const left = remainderOf(hold)
  const ended = endSettled(view, [{ hold, paid: body.paid ? left : 0, setOff: 0 }])
  const counted = writing('reference', key, { asset, reference: body.reference, id: context.jti })
  const returned = body.paid ? [] : takenBack(view, hold, left)
  return applied({ ...ended, writes: [counted, ...returned, ...ended.writes] })
}

/** A gateway pays by the key of the hold; a place by the key that it has now. */
function isPaidBy(view: View, { key, asset, beneficiary }: HoldRecord, signer: Key): boolean {
  const isOfGateway = view.get('asset', asset)?.gateway !== undefined
  if (isOfGateway || beneficiary === undefined) return key === signer
  return view.get('place', beneficiary)?.key === signer
}

/** What did not go back of a top-up is left of it again. */
function takenBack(view: View, { asset, topup }: HoldRecord, amount: number): readonly Write[] {
  if (topup === undefined) return []
  const key = `${asset}/${topup}`
  const record = view.get('topup', key)
  if (record === undefined) throw new Error(`a refund of no top-up: ${key}`)
  return [writing('topup', key, { ...record, returned: units(record.returned - amount) })]
}
