import type { Header } from '#protocol/chain/header.ts'
import { isInactive } from './activity.ts'
import { isTimeAsked, mayBeEmpty } from './empty-blocks.ts'
import { type Core, leaderAt } from './state.ts'

/** Whether the current view has a reason to end: only then its timers run. */
export const hasWork = (core: Core): boolean => {
  const { transactions, expiryDue } = core.work
  return (
    transactions > 0 ||
    expiryDue ||
    isTimeDue(core) ||
    core.notarized.length > 0 ||
    core.rounds.get(core.view)?.proposal !== undefined ||
    isHeartbeatDue(core, core.chain.finalised.header) ||
    isViewContested(core) ||
    isInactive(core, leaderAt(core, core.view))
  )
}

/** Somebody asks for block time, and a block of this time could give it: else no view ever ended. */
const isTimeDue = (core: Core): boolean =>
  isTimeAsked(core) && mayBeEmpty(core, core.now.wallMs, core.chain.finalised)

/** So long since this block that followers want a fresh timestamp. */
export const isHeartbeatDue = (core: Core, block: Header): boolean =>
  core.now.wallMs >= block.timestampMs + core.config.heartbeatMs

/** More members than can be faulty want the view to end: an honest one has work. */
const isViewContested = (core: Core): boolean => {
  const slots = core.rounds.get(core.view)?.votes.nullify
  if (slots === undefined || slots.size <= core.faults) return false
  let verified = 0
  for (const slot of slots.values()) if (slot.verified) verified++
  return verified > core.faults
}
