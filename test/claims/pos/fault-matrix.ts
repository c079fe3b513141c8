import type { Claim } from '#test/claims/claim.ts'
import { runFaultMatrix } from '../../support/fault-matrix.ts'

const RUNS = 50
const AT_ONCE = 5

export const claim: Claim = {
  area: 'pos',
  name: 'fault-matrix',
  bound: `till, node, network killed at each of 12 points of a payment, ${RUNS} times each: charged once or not, and the restarted till knows which`,
  short: false,
  timeoutMs: 3_600_000,
  run: ({ directory, progress }) =>
    runFaultMatrix(directory, { runs: RUNS, atOnce: AT_ONCE }, progress),
}
