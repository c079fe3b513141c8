/** Bounds of this room, each with its reason. Time in milliseconds, sizes in bytes. */

/** Largest message of a link: a segment of 4 MiB of bodies with headers and certificates. */
export const MESSAGE_BYTES_MAX = 6 * 1_048_576
/** Longer messages take the bulk stream, where they delay no vote: a bundle and its framing fit. */
export const LINK_MESSAGE_BYTES_MAX = 80 * 1_024
/** One frame of the link stream: what is coalesced in one turn; the rest goes in the next. */
export const LINK_FRAME_BYTES_MAX = 256 * 1_024
/** One frame of the bulk stream: one message with its length. */
export const BULK_FRAME_BYTES_MAX = MESSAGE_BYTES_MAX + 4
/** What the bulk stream writes at a time: 5 ms of a line of 50 Mbit/s. */
export const BULK_WRITE_BYTES = 32 * 1_024

/** Messages of one link frame: bounds what a frame of many tiny ones costs to take apart. */
export const LINK_FRAME_MESSAGES_MAX = 4_096

/** What may wait for one peer: 8 MiB together (consensus.md §14), one whole segment among it. */
export const LINK_QUEUE_BYTES_MAX = 2 * 1_048_576
export const BULK_QUEUE_BYTES_MAX = 6 * 1_048_576
/** Messages that may wait for one peer on either stream, however small. */
export const QUEUE_MESSAGES_MAX = 20_000

/**
 * What one peer may send, sustained and at once. Bytes: a segment costs far more to check than
 * to carry. Messages: a full mesh at 500 views a second needs 3,000.
 */
export const INBOUND_RATES = {
  bytes: { perSecond: 64 * 1_048_576, burst: 128 * 1_048_576 },
  messages: { perSecond: 20_000, burst: 60_000 },
} as const

/** Rejected messages that part us from a peer, and how fast one of them is forgiven. */
export const FAULTS_MAX = 3
export const FAULT_FORGIVEN_MS = 60_000
/** How long a peer at fault is refused; never for good (consensus.md §14). */
export const BAN_MS = 60_000
/** Peers whose faults are remembered; the oldest is forgotten. */
export const SCORED_PEERS_MAX = 4_096

/**
 * Links are looked at this often, and one that was silent sends an empty frame: idle lines are
 * forgotten by what is between. A peer that said nothing for `silenceMs` is dead; that is found
 * within 9 s.
 */
export const LINK_TIMING = { keepAliveMs: 2_000, silenceMs: 7_000 } as const
/** A link whose gossip did not begin, or ended, is made anew after this. */
export const GOSSIP_GRACE_MS = 6_000
/** Dialling, negotiating and pairing the two streams of a link. */
export const LINK_OPEN_MS = 5_000
/** Wait before the first repeated dial; it doubles to the longest, with jitter of a half. */
export const REDIAL_MIN_MS = 200
export const REDIAL_MAX_MS = 10_000
/** A link that lived this long was a good one: its next dial does not wait. */
export const LINK_PROVEN_MS = 5_000
/** Of two authorities the lower id dials; the higher one too after this, should it know more. */
export const HIGHER_DIALS_AFTER_MS = 3_000

/** Connections in all: those of admitted peers. */
export const CONNECTIONS_MAX = 2_000
/** Of one peer: its link, one that takes over, and what a restart left behind. */
export const CONNECTIONS_PER_PEER_MAX = 4
/** Inbound connections that have not proved who they are; beyond it the oldest makes room. */
export const NEWCOMERS_MAX = 64
/** Those, the ones just cut off, and admitted ones that still agree on a muxer: never filled. */
export const PENDING_CONNECTIONS_MAX = 4 * NEWCOMERS_MAX
/** New connections a second from one host: a federation on one machine starts at once. */
export const CONNECTIONS_PER_HOST_SECOND = 100
/** Whoever connects has this long to prove who it is and to agree on a muxer. */
export const HANDSHAKE_MS = 5_000
/** What a peer says about itself: its key, addresses and protocols. The library hears ten such. */
export const IDENTIFY_BYTES_MAX = 8_192
/** Streams one peer may hold open towards us. */
export const STREAMS_PER_PEER_MAX = 32
/** Links of one node: authorities and, at an authority, the venues that follow it. */
export const LINKS_MAX = 1_900
/** How long an invited peer stays connected: one question and its answer. */
export const INVITED_CONNECTION_MS = 20_000

/** A gossiped message: a block with a full body and its certificate. */
export const GOSSIP_MESSAGE_BYTES_MAX = 1_048_576 + 65_536
/** An envelope of gossip: one message with its topic and what is piggybacked. */
export const GOSSIP_ENVELOPE_BYTES_MAX = GOSSIP_MESSAGE_BYTES_MAX + 65_536
/** What the subscriptions of one peer may cost: about a kilobyte each, and there are four topics. */
export const GOSSIP_PEER_TOPIC_BYTES_MAX = 16_384
/** What gossip may hold back for one slow peer before that stream is reset. */
export const GOSSIP_BUFFER_BYTES_MAX = 8 * 1_048_576
/** How long a digest is remembered, so that the same message is heard once. */
export const GOSSIP_SEEN_MS = 120_000
/** Digests remembered; beyond it the oldest goes, and what it was of could be heard once more. */
export const GOSSIP_SEEN_MAX = 65_536
/** Entries of each kind in one gossip envelope. */
export const GOSSIP_ENTRIES_MAX = 256

/** The question and the answer of joining. */
export const JOIN_REQUEST_BYTES_MAX = 65_536
export const JOIN_RESPONSE_BYTES_MAX = 262_144
/** From dialling to the whole answer. */
export const JOIN_DEADLINE_MS = 15_000
/** Questions answered at one time. */
export const JOINS_AT_ONCE_MAX = 8

/** A stop that takes longer leaves the rest to the operating system. */
export const STOP_MS = 700
