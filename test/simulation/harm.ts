/** From the least to the worst. */
const HARMS = ['journal', 'directory', 'key'] as const

/** What is gone from a disk: votes; or all that was written since a moment; or a key is in use twice. */
export type Harm = (typeof HARMS)[number]

/** Of two harms the one that leaves less. */
export const worse = (before: Harm | undefined, harm: Harm): Harm =>
  before !== undefined && HARMS.indexOf(before) > HARMS.indexOf(harm) ? before : harm
