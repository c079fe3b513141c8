import type { Claim } from '#test/claims/claim.ts'
import { COST_BOUND, judgeCost } from '../../support/cost-claim.ts'

export const claim: Claim = {
  area: 'speed',
  name: 'state-root-cheap',
  bound: `stateRootUs ${COST_BOUND}`,
  short: false,
  run: async ({ progress }) => judgeCost('stateRootUs', progress),
}
