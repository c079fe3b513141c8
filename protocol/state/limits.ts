/** Bounds of the trees. Peers share them: a proof or a state beyond them is refused everywhere. */

/**
 * Levels below the root of a family's tree or a block's transaction tree: 2^26 slots are 4 GiB of
 * nodes, more than a node can hold in memory.
 */
export const TREE_DEPTH_MAX = 26

/** Siblings in a path through the history: one for each bit of a safe integer. */
export const HISTORY_PATH_MAX = 53

/** Family numbers are one byte, from 1. */
export const FAMILY_NUMBER_MAX = 255

/** Levels below the root of the tree over the family roots. */
export const FAMILY_PATH_MAX = 8

/** Characters of an outcome: `applied` or a refusal code. Its length is one byte in the leaf. */
export const OUTCOME_LENGTH_MAX = 64

/** Pairs hashed in one call: 64 KiB of input and 32 KiB of output stay in the processor's cache. */
export const HASH_PAIRS_BATCH = 1024
