import type { VerifiedTransaction } from '../transaction/envelope.ts'
import { type BlockPosition, contextOf, mayBeRefused } from './apply.ts'
import { applyBatch } from './batch.ts'
import { parametersOf } from './network.ts'
import { applyOperation, type Effects } from './operation.ts'
import { overlay, unwritten } from './overlay.ts'
import type { Refusal } from './rule.ts'
import { type RuleBook, rulesAfter } from './rule-book.ts'
import type { Acting } from './scope.ts'
import type { View } from './view.ts'

/** What a block agrees on, for judging what is not in one yet. */
type FrameAhead = Pick<BlockPosition, 'timestampMs' | 'parameters' | 'rules'>

/** The frame of a block of this time that follows the state. */
export const frameAfter = (view: View, timestampMs: number, book: RuleBook): FrameAhead => ({
  timestampMs,
  parameters: parametersOf(view),
  rules: rulesAfter(book, view),
})

/** What such a block would make of a transaction that its door has let in. Nothing is written. */
export const effectsAhead = (
  view: View,
  transaction: VerifiedTransaction,
  { acting, frame }: { readonly acting: Acting; readonly frame: FrameAhead },
): Effects | Refusal => {
  const { body } = transaction
  const context = contextOf(transaction, acting, frame)
  return body.kind === 'batch'
    ? applyBatch(overlay(view), body, context)
    : applyOperation(unwritten(view), body, context)
}

/**
 * Whether state refuses the transaction and a block of this time could not even record that: none can
 * hold it until state changes or the hour is over. Only whose budget is spent has its effects judged.
 */
export const isRefusalExhausted = (
  view: View,
  transaction: VerifiedTransaction,
  {
    acting,
    timeMs,
    book,
  }: { readonly acting: Acting; readonly timeMs: number; readonly book: RuleBook },
): boolean => {
  const frame = frameAfter(view, timeMs, book)
  if (mayBeRefused(view, transaction, acting, frame)) return false
  return !effectsAhead(view, transaction, { acting, frame }).ok
}
