import { lineChart } from '../chart.ts'
import { type Costs, measureCosts } from './costs.ts'
import { growInMemory } from './grown-memory.ts'

export type SizedCosts = Costs & { readonly balances: number }

const ROUNDS = 5
const BLOCKS_PER_ROUND = 3
const DECODE_AND_ROOT_US_MAX = 5

/** The steps of a payment on ledgers of these sizes, one after the other in this process. */
export const costsOverSize = (
  sizes: readonly number[],
  onSize: (costs: SizedCosts) => void,
): readonly SizedCosts[] =>
  sizes.map((balances) => {
    const memory = growInMemory(balances)
    const costs = measureCosts(memory, { rounds: ROUNDS, blocksPerRound: BLOCKS_PER_ROUND })
    onSize({ balances, ...costs })
    return { balances, ...costs }
  })

/** What a payment costs over the size of the ledger, as the text of an SVG file. */
export const costChart = (measured: readonly SizedCosts[]): string => {
  const seriesOf = (name: string, cost: keyof Costs) => ({
    name,
    points: measured.map((one) => ({ x: one.balances, y: one[cost] })),
  })
  return lineChart({
    title: 'What one payment costs as the ledger grows',
    subtitle: `one thread, in memory, blocks of 1,000 sales of weak cards, medians of ${ROUNDS} rounds`,
    x: { label: 'balances in the ledger', log: true },
    y: { label: 'µs a payment' },
    series: [
      seriesOf('signature check', 'checkUs'),
      seriesOf('rules, invariants', 'applyUs'),
      seriesOf('state root', 'stateRootUs'),
      seriesOf('decode', 'decodeUs'),
      {
        name: 'bound: root, decode',
        dashed: true,
        points: measured.map(({ balances }) => ({ x: balances, y: DECODE_AND_ROOT_US_MAX })),
      },
    ],
  })
}
