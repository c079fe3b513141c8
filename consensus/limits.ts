/** Bounds local to agreement (consensus.md §6, §7, §14), each with its reason. */

/** Open blocks above the final one; beyond it only empty blocks are built: back-pressure. */
export const UNFINALISED_MAX = 8
/** Rounds kept below the final view: late votes still serve as evidence. */
export const RETAIN_VIEWS = 16
/** Views below the current one after which a round keeps its certificates and own votes only. */
export const COMPACT_AFTER_VIEWS = 64
/** Blocks above the final one that are remembered; more come by catch-up. */
export const BLOCKS_MAX = 1_024
/** Blocks fetched at once. */
export const FETCHES_MAX = 4
/** A longer gap to the final block is closed by segments, a shorter one block by block. */
export const TAIL_BLOCKS_MAX = 8
/** Finalizations that wait for their blocks; the newest then stands for the ones before it. */
export const TARGETS_MAX = 16
/**
 * Finalised segments that the store has not yet acknowledged; beyond it no transactions are built.
 * Leaders hold back well before their nodes must stop listening, which they do at 256 blocks.
 */
export const COMMIT_BACKLOG_MAX = 128
/** Final blocks whose digests are remembered, so that a fork is noticed. */
export const HISTORY_BLOCKS = 256
/** Views above the highest finalization of which a follower keeps blocks and votes. */
export const FOLLOW_AHEAD_VIEWS = 64
/** Age up to which a beacon says that a copy is current. */
export const FRESH_MS = 5_000
/** Pause after which a follower that knows nothing of its freshness asks for final blocks. */
export const SILENCE_MS = 10_000
/** Certificates in one answer to a request, and items in one rebroadcast. */
export const REPAIR_ITEMS_MAX = 64
/** Transactions offered again while a view does not end. */
export const REOFFER_MAX = 64
/** Transactions that end the pause between blocks. */
export const PACE_TRANSACTIONS = 256
/** Transactions in a recent block from which on blocks are filled before they are built. */
export const BUSY_TRANSACTIONS = 16
/** Longest wait for a block to fill, in least gaps between blocks. */
export const FILLING_GAPS = 2
/** Time without a final block after which the load of before says nothing any more. */
export const LOAD_FORGET_MS = 1_000

/** Pause between two words of an amnesia that goes on. */
export const AMNESIA_TELL_MS = 60_000
/** Longest view: cap of the back-off. */
export const VIEW_CAP_MS = 10_000
/** Longest pause between two retries. */
export const RETRY_CAP_MS = 10_000
export const BEACON_INTERVAL_MS = 2_000
/** Silence after which a member counts as inactive. */
export const INACTIVE_AFTER_MS = 5_000
/** How far a timestamp may lie ahead of the voter's wall clock. */
export const CLOCK_AHEAD_MS = 500
/** How far a timestamp may lie behind it, before the back-off widens it. */
export const CLOCK_BEHIND_MS = 2_000
/** Age up to which a measured clock offset counts: five beacons. */
export const CLOCK_SAMPLE_MS = 10_000
/** Views between two floor records in the journal. */
export const FLOOR_EVERY_VIEWS = 64
