/** Bounds of the client, all on one screen. Each with its reason. */

/** How long the node is asked to hold an answer back for the outcome: its own default. */
export const WAIT_SECONDS = 5
/** How long one attempt may take: the wait, what the node adds to it, and a slow Wi-Fi. */
export const ATTEMPT_MS = 15_000
/** How long one call goes on asking before it leaves the payment open: nobody stands at a till longer. */
export const PATIENCE_MS = 60_000
/** The first pause before the same request again, how it grows, and the longest. */
export const PAUSE_FIRST_MS = 200
export const PAUSE_GROWTH = 1.8
export const PAUSE_MAX_MS = 5_000
/** The largest answer that is read: a page of 200 items, many times over. */
export const ANSWER_BYTES_MAX = 4_194_304
/** Payments of one till without an outcome; a till with so many has lost its node, and must stop. */
export const OPEN_MAX = 1_000
/** Told outcomes that a journal keeps, so that a till that crashed after an answer finds it. */
export const TOLD_MAX = 1_000
/** Payments out of leases that are not on the ledger yet: days without a link must not stop a till. */
export const CAPTURED_MAX = 10_000
/** Open payments that are resolved at one time: few enough to leave room for customers. */
export const RESOLVE_AT_ONCE = 4
/** Pages of open payments that a start asks for: more than `OPEN_MAX` payments. */
export const OPEN_PAGES_MAX = 20
/** A clock that is off by less needs no correction: `Date` counts in seconds, and answers take time. */
export const CLOCK_SLACK_MS = 5_000
/** How long a stream of events may be silent: three heartbeats. */
export const STREAM_SILENCE_MS = 45_000
/** The longest line and block of an event stream: a batch with all its movements, with room. */
export const STREAM_BLOCK_CHARACTERS_MAX = 1_048_576
/** How long a transaction that the till signs itself is worth something: as those that a node signs. */
export const SIGNED_VALIDITY_SECONDS = 60
/** How long a payment id of a place lives: `validityMs` of a network that chose no other. */
export const ID_VALIDITY_MS = 345_600_000
/** How long a signed request counts: the most that nodes take. */
export const REQUEST_LIFE_SECONDS = 60
/** How far before now it begins, for a clock that is ahead by less than is put right. */
export const REQUEST_MARGIN_SECONDS = 5
/** The longest pause: timers count in 31 bits, and one that is longer would end at once. */
export const TIMER_MS_MAX = 2_147_483_647
