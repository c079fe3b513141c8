import { ADMISSIBILITY } from './mutants/admissibility.ts'
import { AGREEMENT } from './mutants/agreement.ts'
import { FORGETTING } from './mutants/amnesia.ts'
import { BOUNDS } from './mutants/bounds.ts'
import { CAPS } from './mutants/caps.ts'
import { CARDS } from './mutants/cards.ts'
import { EPOCH_ENDS } from './mutants/epochs.ts'
import { FOLLOWED } from './mutants/followers.ts'
import { GOVERNANCE } from './mutants/governance.ts'
import { HOLDS } from './mutants/holds.ts'
import { LEDGER } from './mutants/ledger.ts'
import type { Mutant } from './mutants/mutant.ts'
import { OUTCOMES } from './mutants/outcomes.ts'
import { PERSISTENCE } from './mutants/persistence.ts'
import { PROPOSED } from './mutants/proposals.ts'
import { REDEMPTION } from './mutants/redemption.ts'
import { RESTART } from './mutants/restart.ts'
import { RULES } from './mutants/rules.ts'
import { TIGHT_CAPS } from './mutants/tight-caps.ts'

/** Every way in which the product is broken to see that the simulator notices. */
export const MUTANTS: readonly Mutant[] = [
  ...RULES,
  ...PERSISTENCE,
  ...RESTART,
  ...FORGETTING,
  ...ADMISSIBILITY,
  ...PROPOSED,
  ...AGREEMENT,
  ...FOLLOWED,
  ...EPOCH_ENDS,
  ...LEDGER,
  ...HOLDS,
  ...CAPS,
  ...TIGHT_CAPS,
  ...OUTCOMES,
  ...BOUNDS,
  ...REDEMPTION,
  ...CARDS,
  ...GOVERNANCE,
]
