import { LARGE_TRANSACTION_BYTES_MAX, TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'

/** Bounds of the public door, all on one screen. Each with its reason. */

/** The largest transaction, and room for the JSON around it. */
export const BODY_BYTES_MAX = LARGE_TRANSACTION_BYTES_MAX + 4_096
/** Longest identifier in an address is 62 characters; a tag with separators 29. */
export const PATH_PARAMETER_CHARACTERS_MAX = 64
/** Time a client has to send its whole request: a till on bad Wi-Fi. */
export const REQUEST_TIMEOUT_MS = 15_000
/** Idle keep-alive of a till's connection: longer than the pauses between two customers. */
export const KEEP_ALIVE_MS = 72_000
/**
 * A connection on which nothing moves is cut: longer than a client may keep one, or wait for an outcome.
 * It bounds who asks and never reads the answer.
 */
export const SOCKET_IDLE_MS = 90_000
/** How often is looked for clients that are too slow; and the time that TLS has to be agreed on. */
export const SLOW_CHECK_MS = 1_000
export const HANDSHAKE_MS = 10_000
/** How long a client whose request cannot be read may take to read that and hang up. */
export const ANSWER_LINGER_MS = 1_000
/** Connections of one node: its venue's tills and screens, many times over. */
export const CONNECTIONS_MAX = 2_048
/** From so many on, idle ones make room and an address has no more than its share: the rest is for others. */
export const CONNECTIONS_CROWDED = 1_536
export const CONNECTIONS_PER_ADDRESS_CROWDED = 512
/** Least time between two looks for idle connections: a look goes over all of them. */
export const IDLE_SWEEP_PAUSE_MS = 1_000

/** How long a submission waits for its outcome when neither its sender nor the node's file says, and at most. */
export const WAIT_DEFAULT_MS = 5_000
export const WAIT_MAX_MS = 30_000
/** How much longer than it was told to wait the node may take before the door answers for it. */
export const WAIT_SLACK_MS = 5_000
/** A read that takes longer is given up. */
export const READ_DEADLINE_MS = 10_000
/** How long `minHeight` waits. */
export const HEIGHT_WAIT_MS = 10_000

/** Second minters' consents in one order: with those of two payers what a transaction has room for. */
export const MINTER_CONSENTS_MAX = 4

/** Items of a page when nothing is said, and at most. */
export const PAGE_DEFAULT = 50
export const PAGE_MAX = 200

/** Days of one page of closings when nothing is said, and at most: each may be a pass over a day. */
export const CLOSINGS_DEFAULT = 7
export const CLOSINGS_MAX = 31

/** Requests of one credential: the busiest till with many payments in flight, with room. */
export const CREDENTIAL_RATE = { perSecond: 1_000, burst: 2_000 } as const
/** Requests without a credential, all together: health probes, pages, failed log-ins. */
export const PUBLIC_RATE = { perSecond: 200, burst: 400 } as const
/**
 * Transactions signed elsewhere, without a credential, all together: bounds signature checks to half of
 * what one core can do, and is above what a federation makes final.
 */
export const SIGNED_RATE = { perSecond: 12_000, burst: 24_000 } as const
/** Transactions that one request may submit, and its bytes: as many of ordinary size. */
export const SUBMISSION_BATCH_MAX = 100
export const SUBMISSION_BATCH_BYTES_MAX = SUBMISSION_BATCH_MAX * TRANSACTION_BYTES_MAX
/** Signed requests of one till: it asks what became of payments; what it submits needs no credential. */
export const SIGNER_RATE = { perSecond: 50, burst: 200 } as const
/** Signed requests of one holder: a page on a phone, opened again and again. */
export const HOLDER_RATE = { perSecond: 5, burst: 30 } as const
/**
 * Keys that show a pairing code, all together: no more codes are tried in the ten minutes that one is
 * good for than some thousands, of 2^80.
 */
export const NEWCOMER_RATE = { perSecond: 5, burst: 50 } as const
/** Characters of a pairing code as people may type it, with room; and of an API key's name. */
export const PAIRING_CODE_LENGTH_MAX = 40
export const KEY_NAME_LENGTH_MAX = 64
/** Credentials whose rate is remembered; a node has far fewer keys. */
export const BUCKETS_MAX = 4_096
/** Holders whose rate is remembered: the phones of an evening. */
export const HOLDER_BUCKETS_MAX = 16_384

/** Event streams of one credential, and of all together. */
export const STREAMS_PER_CREDENTIAL_MAX = 8
export const STREAMS_MAX = 256
/** The same of holders, anybody's phones: they leave those of the place alone. */
export const STREAMS_PER_HOLDER_MAX = 2
export const HOLDER_STREAMS_MAX = 256
/** Entries read for one stream at a time: bounds what a stream holds in memory. */
export const STREAM_PAGE = 256
/** Text given to a connection at a time: what a stream whose client does not read costs. */
export const STREAM_CHUNK_BYTES = 65_536
/** Pages kept as the bytes that streams at one place share: those of the last moments. */
export const RENDERINGS_MAX = 16
/** Bytes of a page that are worth keeping; a larger one is made anew for each stream. */
export const RENDERING_BYTES_MAX = 1_048_576
/** How long a stream waits for its client to read before it is cut. The client resumes. */
export const STREAM_DRAIN_MS = 10_000
export const STREAM_HEARTBEAT_MS = 15_000
/** How long a stream may outlive its credential while no block is final; a block ends it at once. */
export const STREAM_RECHECK_MS = 5_000

/** How long a closing server lets answers finish before it cuts their connections. */
export const CLOSE_GRACE_MS = 500
