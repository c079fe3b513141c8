import { ZERO } from '../../amount.ts'
import { createdHoldId } from '../../derive.ts'
import type { PlaceRecord, SaleRecord } from '../../state/record.ts'
import type { HoldRecord } from '../../state/record-hold.ts'
import type { HoldCapture, HoldRelease, HoldSplit } from '../../transaction/kinds/hold.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import {
  captureHold,
  closeHold,
  hasTooManyHoldsFor,
  isOpenedByPlace,
  lastGapMs,
  ownerOf,
  releaseAtMs,
  remainderOf,
  splitHold,
} from '../hold.ts'
import { paymentKey } from '../payment-key.ts'
import { rightsOf } from '../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../rule.ts'
import { isByHoldKey } from '../scope.ts'
import type { View } from '../view.ts'

/**
 * A payment out of a hold. The hold alone decides: neither the card, nor the place's grants and
 * status, nor the mandate are looked at again. It can be refunded like a sale.
 */
export const captureFrom = (view: View, body: HoldCapture, context: RuleContext): Judgement => {
  const hold = keyedHold(view, body)
  const code = judgeUse(view, hold, context)
  if (code !== undefined) return refuse(code)
  if (body.amount > remainderOf(hold)) return refuse('hold_cap_exceeded')
  const { amount } = body
  const { owner: wallet, asset, card } = hold
  const leg = card === undefined ? { wallet, asset, amount } : { card, wallet, asset, amount }
  const sale: SaleRecord = {
    id: context.jti,
    place: body.place,
    legs: [leg],
    refunded: ZERO,
    timeMs: context.timeMs,
  }
  const { flows, writes } = captureHold(view, hold, { amount, to: placeOf(view, body) })
  const key = paymentKey(body.place, context.jti)
  return applied({ flows, writes: [...writes, writing('sale', key, sale)], legs: [leg] })
}

/** What is left goes back to its owner: by the place it was kept for, or by the hold's key. */
export const release = (view: View, body: HoldRelease, context: RuleContext): Judgement => {
  if (!isByHoldKey(view, context.signer, body)) {
    const rights = rightsOf(view, { ...body, action: 'hold.release' }, context.timeMs)
    if (!rights.ok) return rights
  }
  const hold = view.get('hold', body.hold)
  if (hold?.beneficiary !== body.place) return refuse('hold_unknown')
  if (!isOpenedByPlace(hold)) return refuse('hold_purpose_not_allowed')
  if (hold.status === 'closed') return refuse('hold_closed')
  return applied(closeHold(view, hold))
}

/** Part of what is left becomes a hold of its own with another key; every other term is the same. */
export const split = (view: View, body: HoldSplit, context: RuleContext): Judgement => {
  const hold = keyedHold(view, body)
  const code = judgeUse(view, hold, context) ?? judgeRoom(view, hold)
  if (code !== undefined) return refuse(code)
  if (body.cap > remainderOf(hold)) return refuse('hold_cap_exceeded')
  const id = createdHoldId({ ...context, index: context.operation })
  const part = { ...hold, id, key: body.key, cap: body.cap, captured: ZERO }
  return applied({ ...splitHold(view, hold, part), created: [id] })
}

function judgeUse(view: View, hold: HoldRecord, { timeMs }: RuleContext): RefusalCode | undefined {
  if (hold.status === 'closed') return 'hold_closed'
  return timeMs >= releaseAtMs(hold, lastGapMs(view)) ? 'hold_over' : undefined
}

function judgeRoom(view: View, { owner, beneficiary }: HoldRecord): RefusalCode | undefined {
  const isFull = hasTooManyHoldsFor(view, ownerOf(view, owner), beneficiary)
  return isFull ? 'hold_limit_reached' : undefined
}

/** The door has seen that the signer is the key of this hold. */
function keyedHold(view: View, { hold: id }: HoldCapture | HoldSplit): HoldRecord {
  const hold = view.get('hold', id)
  if (hold === undefined) throw new Error(`no hold at the rule of one: ${id}`)
  return hold
}

function placeOf(view: View, { place: id }: HoldCapture): PlaceRecord {
  const place = view.get('place', id)
  if (place === undefined) throw new Error(`a hold for no place: ${id}`)
  return place
}
