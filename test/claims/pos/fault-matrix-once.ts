import type { Claim } from '#test/claims/claim.ts'
import { runFaultMatrix } from '../../support/fault-matrix.ts'

export const claim: Claim = {
  area: 'pos',
  name: 'fault-matrix-once',
  bound:
    'till, node, network killed at each of 12 points of a payment, once each: charged once or not, and the restarted till knows which',
  short: true,
  timeoutMs: 600_000,
  run: ({ directory, progress }) => runFaultMatrix(directory, { runs: 1, atOnce: 1 }, progress),
}
