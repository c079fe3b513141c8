/** Bounds of reading, each with its reason. None is shared with peers. */

/** Stored blocks kept in memory: some seconds of full load, which is when outcomes are asked for. */
export const RECENT_BLOCKS_MAX = 256
/** Bytes of their bodies: sixteen full blocks. */
export const RECENT_BYTES_MAX = 16 * 1_048_576
/** Requests and event streams that wait for a height: more than the door has connections. */
export const HEIGHT_WAITERS_MAX = 4_096
/** Balance proofs that wait at once. */
export const WATCHERS_MAX = 256
/** How long a balance proof waits for a moment without a block above the final one. */
export const FINAL_MOMENT_MS = 5_000
/** Work that waits this long while no block becomes final: then the node is stalled. */
export const STALL_MS = 10_000
/** Pages of events that readers at one position share: the newest, and those of some that catch up. */
export const SHARED_PAGES_MAX = 16
