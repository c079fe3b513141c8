import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { REPAIR_ITEMS_MAX } from './limits.ts'
import { broadcast, type Core, cancelTimer, setTimer } from './state.ts'

/** Whether the tip is open; then a standstill is looked for every 10 Δ. */
export const refreshStandstill = (core: Core): void => {
  const open = core.notarized.length > 0
  if (!open) cancelTimer(core, 'standstill')
  else if (!core.timers.has('standstill')) setTimer(core, 'standstill', dueMs(core))
}

/**
 * Upon the standstill timer: when nothing became final since it was set in `view`, the highest
 * finalization and our own stored votes and certificates above it are sent again. Nothing is
 * signed here.
 */
export const onStandstill = (core: Core, view: number): void => {
  if (core.notarized.length === 0 || core.settled.view >= view) return
  const { certificate } = core.settled
  if (certificate !== null) broadcast(core, { type: 'certificate', certificate })
  for (const message of newestAbove(core)) broadcast(core, message)
}

const newestAbove = (core: Core): readonly ConsensusMessage[] => {
  const messages: ConsensusMessage[] = []
  for (const view of core.notarized.toReversed()) {
    const round = core.rounds.get(view)
    if (round?.notarization !== undefined) {
      messages.push({ type: 'certificate', certificate: round.notarization })
    }
    for (const vote of [round?.mine.finalize, round?.mine.notarize]) {
      if (vote !== undefined) messages.push({ type: 'vote', vote })
    }
    if (messages.length >= REPAIR_ITEMS_MAX) break
  }
  return messages.slice(0, REPAIR_ITEMS_MAX).reverse()
}

const dueMs = (core: Core): number => core.now.monotonicMs + 10 * core.config.deltaMs
