import { ADMISSIBILITY } from './mutants/admissibility.ts'
import { AGREEMENT } from './mutants/agreement.ts'
import { BOUNDS } from './mutants/bounds.ts'
import { LEDGER } from './mutants/ledger.ts'
import type { Mutant } from './mutants/mutant.ts'
import { OUTCOMES } from './mutants/outcomes.ts'
import { PERSISTENCE } from './mutants/persistence.ts'
import { RESTART } from './mutants/restart.ts'
import { RULES } from './mutants/rules.ts'

/** Every way in which the product is broken to see that the simulator notices. */
export const MUTANTS: readonly Mutant[] = [
  ...RULES,
  ...PERSISTENCE,
  ...RESTART,
  ...ADMISSIBILITY,
  ...AGREEMENT,
  ...LEDGER,
  ...OUTCOMES,
  ...BOUNDS,
]
