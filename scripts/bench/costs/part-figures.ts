import { type PartFigures, UNMEASURED } from '../report/report.ts'
import { measureCosts } from './costs.ts'
import { growInMemory } from './grown-memory.ts'

export type PartSizes = {
  /** In the ledger on which a payment's steps are measured. */
  readonly balances: number
  readonly rounds: number
}

const BLOCKS_PER_ROUND = 3

/**
 * Microseconds of the steps of a payment, in this process, which holds a ledger of that size meanwhile.
 * What is measured with real processes is null here.
 */
export const measureParts = ({ balances, rounds }: PartSizes): PartFigures => {
  const memory = growInMemory(balances)
  const costs = measureCosts(memory, { rounds, blocksPerRound: BLOCKS_PER_ROUND })
  return {
    ...UNMEASURED,
    decodeUs: rounded(costs.decodeUs),
    applyUs: rounded(costs.applyUs),
    stateRootUs: rounded(costs.stateRootUs),
  }
}

const rounded = (us: number): number => Math.round(us * 100) / 100
