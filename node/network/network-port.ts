import type { PeerFault } from '#consensus/effect.ts'

/** A libp2p peer id in base58btc text, as ed25519 node keys give it (`12D3KooW…`). */
export type PeerName = string

/** Order in which what waits for one peer leaves: a lower place never delays a higher one. */
export const PRIORITIES = ['vote', 'proposal', 'transaction', 'sync'] as const
export type Priority = (typeof PRIORITIES)[number]

/** What followers hear without asking. */
export const TOPICS = ['blocks', 'votes', 'transactions', 'status'] as const
export type Topic = (typeof TOPICS)[number]

/** `ignore`: of no use, nobody's fault. `reject`: no honest peer sends it; it is scored. */
export type Verdict = 'accept' | 'ignore' | 'reject'

/** Why a peer is held to be at fault. */
export type Misbehaviour =
  | PeerFault
  /** A part of a snapshot that is not what its roots say. */
  | 'broken_snapshot'
  /** Bytes that decode to nothing. */
  | 'undecodable'
  /** A transaction that no honest node passes on. */
  | 'invalid_transaction'
  /** A publication that the loop rejects: bytes that decode to nothing, a body that is not its header's. */
  | 'bad_gossip'
  /** An answer to no question, or to another one. */
  | 'unasked'

/** What a peer may do here. `observer` hears as a follower does; `invited` may only ask to join. */
export type PeerRole = 'authority' | 'follower' | 'observer' | 'invited'

/** A peer whose link is up. */
export type LinkedPeer = {
  readonly peer: PeerName
  readonly role: Exclude<PeerRole, 'invited'>
  /** Bytes that wait to be sent to it: who serves much data paces itself by this. */
  readonly queuedBytes: number
}

/**
 * How the node's loop speaks with other nodes. Nothing throws, nothing is awaited. A message's
 * bytes belong to the network once sent, and to the loop once received.
 *
 * Between two peers messages of one priority arrive in order, except that those longer than
 * `LINK_MESSAGE_BYTES_MAX` travel beside the others; nothing is promised between priorities.
 * What is not delivered is counted, never reported: every message is one that can be asked for
 * or sent again.
 */
export type NetworkPort = {
  /** Dropped and counted when there is no link to the peer or its queue is full. */
  readonly send: (peer: PeerName, priority: Priority, message: Uint8Array) => void
  /** To every connected peer that listens to the topic; the same bytes only once. */
  readonly publish: (topic: Topic, message: Uint8Array) => void
  /** A `reject` counts against the peer: three close together part us for a minute. */
  readonly score: (peer: PeerName, reason: Misbehaviour, verdict: Verdict) => void
  readonly peers: () => readonly LinkedPeer[]
}

/** What the loop is told, never from inside a call of its own to the port. */
export type NetworkHandlers = {
  readonly onMessage: (from: PeerName, message: Uint8Array) => void
  /**
   * `verdict` is to be called once. Whatever it is, the message is not passed on
   * (docs/adr/0015-gossip-is-not-passed-on.md); a `reject` counts against the peer.
   */
  readonly onGossip: (
    topic: Topic,
    from: PeerName,
    message: Uint8Array,
    verdict: (verdict: Verdict) => void,
  ) => void
  /** A link came up or went down; up and down of one peer take turns. */
  readonly onPeer: (peer: PeerName, state: 'up' | 'down') => void
}
