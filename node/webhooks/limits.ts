/** Bounds of outgoing webhooks, each with its reason. None is shared with peers. */

/** Endpoints of one place, and of all together: each costs a worker and one connection. */
export const ENDPOINTS_PER_PLACE_MAX = 16
export const ENDPOINTS_MAX = 64
/** Entries read for one endpoint at a time: bounds what it holds in memory. */
export const DELIVERY_PAGE = 256

/** How long a receiver may take to accept a connection, names and TLS included. */
export const CONNECT_MS = 5_000
/** How long one attempt may take in all; Standard Webhooks asks for 15 to 30 s. */
export const ATTEMPT_MS = 15_000
/** What is read of an answer, which says nothing but its status, before its connection is cut. */
export const ANSWER_BYTES_MAX = 16_384
/** Connections of one endpoint: a delivery, and a ping beside it. */
export const CONNECTIONS_PER_ENDPOINT = 2
/** A connection without a delivery: events of one evening share it. */
export const KEEP_ALIVE_MS = 30_000
/** How long a name server may take, and how often it is asked. */
export const RESOLVE_MS = 2_000
export const RESOLVE_TRIES = 2

/** Pause after the first failure, and the longest; each doubles, and half of it is left to chance. */
export const RETRY_FIRST_MS = 1_000
export const RETRY_MAX_MS = 3_600_000
/**
 * Attempts of an event that its receiver answers with a refusal, before it is set aside: with the pauses
 * about half an hour, in which a receiver is repaired or deployed anew.
 */
export const REFUSALS_MAX = 12
/** Events set aside in a row: a receiver that refuses more than these refuses everything. */
export const SET_ASIDE_IN_A_ROW_MAX = 3
/** How long an endpoint may fail before it is paused: a weekend and a day. Nothing is lost by it. */
export const FAILING_MS_MAX = 3 * 86_400_000
/** Dead letters of one endpoint: more than a person looks through. A full list pauses the endpoint. */
export const DEAD_LETTERS_MAX = 1_000

/** How long the secret before a rotation still signs beside the new one. */
export const ROTATION_OVERLAP_MS = 86_400_000
/** Longest pause between two notes of how far events were passed over that nobody was to be told. */
export const PASSED_OVER_NOTE_MS = 10_000
/** How long a worker waits for a disk that does not keep up. */
export const DISK_PAUSE_MS = 100
