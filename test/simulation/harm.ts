/** From the least to the worst. */
const HARMS = ['journal', 'directory', 'bits', 'key'] as const

/**
 * What came to harm: votes are gone from a disk, or all that was written since a moment; or what a block
 * log or a store holds has changed by itself; or a key is in use twice.
 */
export type Harm = (typeof HARMS)[number]

/** Of two harms the one that leaves less. */
export const worse = (before: Harm | undefined, harm: Harm): Harm =>
  before !== undefined && HARMS.indexOf(before) > HARMS.indexOf(harm) ? before : harm

/** What a node gets over once it knows where its lost votes can be. */
export const isOverWithAmnesia = (harm: Harm | undefined): boolean =>
  harm === 'journal' || harm === 'directory'
