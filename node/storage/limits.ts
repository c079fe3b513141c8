/** Bounds of one node's storage, each with its reason. None is shared with peers. */

/** Bytes of one journal segment: some hours of voting, and read at start in a few milliseconds. */
export const JOURNAL_SEGMENT_BYTES = 16 * 1024 * 1024
/** Lost journals whose files are kept, the newest: each is at most two segments. */
export const LOST_JOURNALS_MAX = 4
/** Bytes of one block log segment: a preallocation of about 50 ms, long before it is needed. */
export const BLOCK_SEGMENT_BYTES = 64 * 1024 * 1024
/** Bytes of the blocks in one write: a fetched segment (4 MiB) and what arrived beside it. */
export const BLOCK_FRAME_BYTES_MAX = 8 * 1024 * 1024
/** Bytes that are kept from one write to the next: those of a full block fit in. */
export const KEPT_BYTES_MAX = 1024 * 1024
/** Blocks in one write. */
export const BLOCKS_PER_FRAME_MAX = 1_024

/** Bytes of blocks joined into one sync; a single larger write still goes alone. */
export const GROUP_BYTES_MAX = 4 * 1024 * 1024
/** Bytes waiting for the disk: sixteen full groups, seconds of a slow disk. Beyond it we stop. */
export const WRITE_PENDING_BYTES_MAX = 64 * 1024 * 1024

/** Bytes written at once when a file is filled with zeros. */
export const ZERO_CHUNK_BYTES = 1024 * 1024

/** Operations joined into one LevelDB batch: about ten full blocks. */
export const BATCH_OPERATIONS_MAX = 200_000
/**
 * From one commit to the next, at least: two or three blocks of a busy node share a batch and its
 * sync. What follows the store, the event stream, lags by so much at most; the first commit after a
 * pause does not wait.
 */
export const COMMIT_PAUSE_MS = 200
/**
 * Operations from which on a commit waits: those of a dozen payments. What a quiet till was told is in
 * the store of its venue at once, so that after a power cut it is told again without asking peers.
 */
export const COMMIT_GATHERED_FROM = 128
/** Segments that wait for no further ones: a node that catches up is not slowed down. */
export const SEGMENTS_GATHERED_MAX = 8
/**
 * Final blocks waiting to be committed: the longest run that one finalization may end, beside some
 * fetched answers.
 */
export const COMMIT_PENDING_BLOCKS_MAX = 2_048
/**
 * From one write of local facts to the next, at least: some submissions of a busy venue share a sync.
 * A small part of the time to finality, and none where payments come one by one.
 */
export const LOCAL_PAUSE_MS = 8
/** Local facts waiting to be written: every payment of a full mempool. */
export const LOCAL_PENDING_MAX = 20_000

/**
 * Local facts waiting from which on what a caller can be told to repeat is turned away: the rest is for
 * what must be written, a promise or its end, and whose failure stops the node.
 */
export const LOCAL_PENDING_SPARED = LOCAL_PENDING_MAX / 2

/** Entries of one page of any reader. */
export const PAGE_MAX = 1_000
/** Entries read at once while the node starts. */
export const START_PAGE = 4_096

/** How long opening or closing the database may take: LevelDB may replay its log. */
export const DATABASE_DEADLINE_MS = 60_000
/** Blocks whose events are read at a time. */
export const EVENT_BLOCKS_PAGE = 16
