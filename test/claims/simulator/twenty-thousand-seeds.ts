import type { Claim } from '#test/claims/claim.ts'
import { MANY_SEEDS, MANY_SEEDS_MS, manySeeds } from '../../support/simulate-command.ts'

export const claim: Claim = {
  area: 'simulator',
  name: 'twenty-thousand-seeds',
  bound: `${MANY_SEEDS} seeds, none fails, no rare path missed`,
  short: false,
  timeoutMs: MANY_SEEDS_MS,
  run: async ({ progress }) => await manySeeds(progress),
}
