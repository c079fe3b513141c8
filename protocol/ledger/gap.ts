import type { Parameters } from '../state/parameters.ts'
import type { Draft } from './view.ts'

/** Heartbeats without a block after which the ledger stood still. */
const HEARTBEATS_IN_GAP = 2

/**
 * Notes at the start of a block that the ledger stood still before it: whoever could not deliver meanwhile
 * is given time again.
 */
export const noteGap = (
  draft: Draft,
  { parentMs, timestampMs }: { readonly parentMs: number; readonly timestampMs: number },
  { heartbeatMs }: Parameters,
): void => {
  if (timestampMs - parentMs <= HEARTBEATS_IN_GAP * heartbeatMs) return
  draft.put('clock', 'clock', { gapMs: timestampMs })
}
