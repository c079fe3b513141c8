import type { Claim } from '#test/claims/claim.ts'
import { CODE_NAMES, LOAD_KINDS } from '#test/simulation/ledger-codes.ts'
import { MANY_SEEDS, MANY_SEEDS_MS, manySeeds } from '../../support/simulate-command.ts'

export const claim: Claim = {
  area: 'ledger',
  name: 'seeds-with-every-kind',
  bound: `${MANY_SEEDS} seeds with all ${LOAD_KINDS.length} kinds of the load, each applied and refused, ${CODE_NAMES.length} ends in all: none fails, none is missed`,
  short: false,
  timeoutMs: MANY_SEEDS_MS,
  run: async ({ progress }) => await manySeeds(progress),
}
