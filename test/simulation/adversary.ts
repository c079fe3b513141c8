import type { LinkMessage } from '#node/loop/link-message.ts'
import type { NodeCore } from '#node/loop/node-core.ts'
import type { PeerName } from '#node/network/network-port.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { SigningDomain } from '#protocol/chain/vote.ts'
import type { SignMessage } from '#protocol/signature.ts'
import type { Machine } from './machine.ts'
import type { Payments } from './payments.ts'
import type { RandomSource } from './random.ts'
import type { Spied } from './spy.ts'

/** What a dishonest member has: a working node, its key, and a way to count its deeds. */
export type Dishonest = {
  readonly core: () => NodeCore | undefined
  /** Its own machine, to end, to roll back, to start again. */
  readonly machine: () => Machine
  /** A second machine with the same name and key; only who is of that kind has one. */
  readonly twin: () => Machine | undefined
  /** Its twin and it are seen by other halves of the federation from now on, which overlap. */
  readonly splitTwins: () => void
  /** The one lie that it tells whenever it can; undefined: whichever it draws. */
  readonly way: string | undefined
  /** The epoch of its node, and its place in the set; once removed, the last of which it had one. */
  readonly epoch: number
  readonly me: number
  readonly sign: SignMessage
  readonly domain: SigningDomain
  readonly random: RandomSource
  readonly others: readonly PeerName[]
  readonly payments: Payments
  readonly count: () => void
  /** Says something of its own. */
  readonly tell: (to: PeerName, message: LinkMessage) => void
  /** Publishes something of its own to those who follow. */
  readonly publish: (message: ConsensusMessage) => void
  /** Again and again, while its process is up. */
  readonly every: (pauseMs: number, act: () => void) => void
}

/** What passes between a dishonest member's node and the network, as it makes it. */
export type Lies = {
  /** From the moment on from which it lies. */
  readonly begin?: () => void
  /** What it says to a peer instead of what its node wants to say; undefined: nothing. */
  readonly say?: (
    to: PeerName | 'followers',
    bytes: Uint8Array,
    spied: Spied,
  ) => Uint8Array | undefined
  /** What its node hears instead of what a peer said; undefined: nothing. */
  readonly hear?: (from: PeerName, bytes: Uint8Array, spied: Spied) => Uint8Array | undefined
}

/** A way of not playing by the rules. */
export type Adversary = {
  readonly name: string
  readonly claim: string
  readonly create: (self: Dishonest) => Lies
}
