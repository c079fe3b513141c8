import { type Costs, measureCosts } from '#scripts/bench/costs/costs.ts'
import { growInMemory } from '#scripts/bench/costs/grown-memory.ts'
import type { ClaimOutcome } from '#test/claims/claim.ts'

const BALANCES = 1_000_000
const ROUNDS = 5
const BLOCKS_PER_ROUND = 3
const US_MAX = 5

/** The figure tells beside it which part of a signature check of the same run that is. */
export const COST_BOUND =
  `≤ ${US_MAX} µs a payment; ` +
  `blocks of 1,000 sales, ${BALANCES} balances, one thread, median of ${ROUNDS} interleaved rounds`

/** Measures one step of a payment on a ledger of a million balances in memory. */
export const judgeCost = (name: keyof Costs, progress: (text: string) => void): ClaimOutcome => {
  progress('growing a ledger')
  const memory = growInMemory(BALANCES)
  progress('measuring')
  const costs = measureCosts(memory, { rounds: ROUNDS, blocksPerRound: BLOCKS_PER_ROUND })
  const ofCheck = costs[name] / costs.checkUs
  const figure = Object.fromEntries(
    Object.entries({ ...costs, ofCheck }).map(([key, value]) => [key, Number(value.toFixed(3))]),
  )
  return { ok: costs[name] <= US_MAX, figure }
}
