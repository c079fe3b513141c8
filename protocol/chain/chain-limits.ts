/** Bounds of the chain that every node must share (consensus.md §14), each with its reason. */

/** Members of an authority set: a full mesh of streams stays cheap up to here. */
export const AUTHORITIES_MAX = 30
/** Smallest set that tolerates one fault; below it only a solo venue (1) is allowed. */
export const FEDERATION_MIN = 4
/** Bytes of a libp2p peer id in text. */
export const PEER_ID_BYTES_MAX = 128

/** Sum of the bytes of a block's transactions: 1 MiB. */
export const BLOCK_BODY_BYTES_MAX = 1_048_576
/** Transactions in one block. */
export const BLOCK_TRANSACTIONS_MAX = 4_096

/** Empty blocks in a row on a final parent: a dishonest leader adds no more between payments. */
export const EMPTY_RUN_MAX = 8
/** Block time after which one more may follow such a run: whoever asks for block time gets some. */
export const EMPTY_BLOCK_PAUSE_MS = 30_000

/** Certificates listed in one proposal; a longer gap is sent beforehand, or asked for. */
export const PROPOSAL_CERTIFICATES_MAX = 64
/** Votes of the receiver that a status returns: three kinds in each of two views. */
export const STATUS_VOTES_MAX = 6

/** Blocks in one answer of final blocks, over all its segments. */
export const SEGMENT_BLOCKS_MAX = 256
/** Bytes of the blocks in one answer: four full bodies, within a stream frame of 8 MiB. */
export const SEGMENT_BYTES_MAX = 4 * BLOCK_BODY_BYTES_MAX

/** Bytes of one answer of chunks, and so of any one chunk: within a stream frame of 6 MiB. */
export const CHUNK_BYTES_MAX = 5 * 1_048_576
/** Chunks in one answer: with ten KiB each they fill what a server sends at once. */
export const CHUNKS_PER_ANSWER_MAX = 128
/** Ends of epochs in one answer: of thirty authorities each 8 KiB. */
export const EPOCHS_PER_ANSWER_MAX = 64
