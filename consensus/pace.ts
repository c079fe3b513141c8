import { BUSY_TRANSACTIONS, FILLING_GAPS, LOAD_FORGET_MS, PACE_TRANSACTIONS } from './limits.ts'
import { type Core, setTimer } from './state.ts'

/** What the pace of the next block is judged by: its parent. */
type Parent = {
  readonly seenAtMs: number
  /** Held as final: no block is open. */
  readonly final: boolean
}

/**
 * Whether the next block waits a moment (Nagle for blocks). While a block is open, for the least gap.
 * Under load also until it holds a good part of what blocks hold of late: what came first is surely
 * the beginning of more, and a block costs every node the same whether it holds one payment or a
 * hundred. A lone payment never waits. Sets the timer that ends the wait.
 */
export const isPaced = (core: Core, parent: Parent): boolean => {
  const dueMs = dueAt(core, parent)
  if (core.now.monotonicMs >= dueMs) return false
  if (core.timers.get('pace') !== dueMs) setTimer(core, 'pace', dueMs)
  return true
}

const dueAt = (core: Core, parent: Parent): number => {
  const { minBlockGapMs } = core.config
  if (core.work.transactions >= PACE_TRANSACTIONS) return Number.NEGATIVE_INFINITY
  const openMs = parent.final ? Number.NEGATIVE_INFINITY : parent.seenAtMs + minBlockGapMs
  if (!isFilling(core)) return openMs
  return Math.max(openMs, core.waitingSinceMs + FILLING_GAPS * minBlockGapMs)
}

const isFilling = (core: Core): boolean => {
  const { transactions } = core.work
  return isBusy(core) && transactions > 0 && transactions < core.chain.load / 2
}

const isBusy = ({ chain, now, settledAtMs }: Core): boolean =>
  chain.load >= BUSY_TRANSACTIONS && now.monotonicMs < settledAtMs + LOAD_FORGET_MS

/** How long an honest leader may let others wait for its block to fill: that is not its silence. */
export const fillingMs = (core: Core): number =>
  isBusy(core) ? FILLING_GAPS * core.config.minBlockGapMs : 0

/** Keeps the time since which transactions wait: new ones after none, or what a block left over. */
export const noteWork = (core: Core, transactions: number): void => {
  const before = core.work.transactions
  if (before === 0 || transactions < before) core.waitingSinceMs = core.now.monotonicMs
}
