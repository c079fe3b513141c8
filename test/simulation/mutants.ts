import type { Mutant } from './mutants/mutant.ts'
import { RULES } from './mutants/rules.ts'

/** Every way in which the product is broken to see that the simulator notices. */
export const MUTANTS: readonly Mutant[] = [...RULES]
