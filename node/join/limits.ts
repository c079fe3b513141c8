/** Bounds of invitations and joining, each with its reason. Times in milliseconds. */

/** Invitations that can be open at one time: a federation admits places one by one. */
export const INVITATIONS_MAX = 64
/** Longest and usual life of an invitation: it travels by mail, and people have weekends. */
export const INVITATION_LIFE_MAX_MS = 30 * 86_400_000
export const INVITATION_LIFE_MS = 7 * 86_400_000
/** A spent invitation still answers its place this long, should the first answer have been lost. */
export const SPENT_ANSWERS_MS = 600_000
/** Addresses in one invitation, and the length of each in characters. */
export const INVITATION_ADDRESSES_MAX = 4
export const INVITATION_ADDRESS_LENGTH_MAX = 128
/** Random bytes that let one place in. */
export const INVITATION_SECRET_BYTES = 32
/** A place's consent to its registration is worth this long: a retry after a break still fits. */
export const CONSENT_LIFE_MS = 3_600_000
/** How long the authority waits for its own registration to be final before it answers. */
export const REGISTRATION_WAIT_MS = 10_000
/** How often a place that waits for its registration asks again. */
export const JOIN_TRIES_MAX = 5
export const JOIN_PAUSE_MS = 1_000
/** Ends of epochs in one answer: sixteen of thirty members are some 150 kB. */
export const EPOCHS_PER_ANSWER_MAX = 16
/** Largest file of invitations: 64 of them, with room. */
export const INVITATION_FILE_BYTES_MAX = 131_072
