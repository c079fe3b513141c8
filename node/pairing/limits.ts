/** Bounds of pairing, each with its reason. Times in milliseconds. */

/** From the screen of the one to the hand of the other: people look for the tablet. */
export const PAIRING_LIFE_MS = 600_000
/** A till that lost the answer is told it again for the rest of the day. */
export const PAIRING_ANSWERS_MS = 86_400_000
/** Codes remembered at a time: a festival sets up its tills in one morning. */
export const PAIRINGS_MAX = 256
/** Random bytes of a code: 80 bits in 16 characters that people can type. */
export const PAIRING_CODE_BYTES = 10
/** Largest file of pairings: 256 of them, with every action and 32 assets each. */
export const PAIRING_FILE_BYTES_MAX = 1_048_576
