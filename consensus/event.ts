import type { Finalization } from '#protocol/chain/certificate.ts'
import type { NextEpoch } from '#protocol/chain/epoch.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { Hash } from '#protocol/hash.ts'
import type { TimerName } from './effect.ts'

/** The two clocks of a step: timestamps are judged by the wall, timers by the monotonic one. */
export type Now = {
  readonly wallMs: number
  readonly monotonicMs: number
}

/** What the driver knows to be waiting for a block. */
export type WorkFlags = {
  /** Transactions in the mempool that could execute now. */
  readonly transactions: number
  /** A hold or another expiry is due at the present wall clock. */
  readonly expiryDue: boolean
  /** A governance operation waits outside the mempool. */
  readonly governance: boolean
  /** An outbox needs block time to pass an `exp`; the driver limits how often. */
  readonly blockTimeAsked: boolean
}

export const NO_WORK: WorkFlags = {
  transactions: 0,
  expiryDue: false,
  governance: false,
  blockTimeAsked: false,
}

/** Final blocks that the driver fetched and holds, oldest first. */
export type FetchedSegment = {
  readonly blocks: readonly { readonly header: Header; readonly digest: Hash }[]
  /** Finalization of the last block. */
  readonly certificate: Finalization
}

/**
 * Why a block was not found good. `diverged`: the whole body of a block known to be final gave other
 * roots here.
 */
export type VerifyFailure = 'invalid' | 'unavailable' | 'diverged'

/** What happens to a replica. `from` and `peer` are member indexes proven by the transport. */
export type Event =
  /** Once, first: the driver is ready to run effects. */
  | { readonly type: 'start' }
  | { readonly type: 'message'; readonly from: number; readonly message: ConsensusMessage }
  | { readonly type: 'peerConnected'; readonly peer: number }
  | { readonly type: 'peerDisconnected'; readonly peer: number }
  /**
   * An authenticated node that is no member of this set speaks: of an earlier epoch, because nobody told
   * it of the end; of a later one, because nobody told us; or it tells us. The driver limits how often.
   */
  | { readonly type: 'stranger'; readonly peer: string; readonly message: ConsensusMessage }
  /** A follower can hear us now: it waits for beacons to know that its copy is current. */
  | { readonly type: 'followerConnected' }
  /** A timer set by `setTimer` fired; epoch and view are those it was set with. */
  | {
      readonly type: 'timer'
      readonly timer: TimerName
      readonly epoch: number
      readonly view: number
    }
  /** Answer to `build`: the driver holds this block, executed on the parent. */
  | {
      readonly type: 'built'
      readonly epoch: number
      readonly view: number
      readonly header: Header
      readonly digest: Hash
      readonly transactionHashes: readonly Hash[]
      /** Of a sealing block: what its execution brings about. */
      readonly next?: NextEpoch | undefined
    }
  /** Answer to `build` when no transaction was good enough and an empty block was not allowed. */
  | { readonly type: 'notBuilt'; readonly epoch: number; readonly view: number }
  /** Answer to `verify`: when ok the driver holds the block and executed it on its parent. */
  | {
      readonly type: 'verified'
      readonly epoch: number
      readonly view: number
      readonly digest: Hash
      readonly ok: true
      /** Of a sealing block: what its execution brings about. */
      readonly next?: NextEpoch | undefined
    }
  | {
      readonly type: 'verified'
      readonly epoch: number
      readonly view: number
      readonly digest: Hash
      readonly ok: false
      readonly reason: VerifyFailure
    }
  /** Answer to `fetch` of a block: the driver holds it; its header hashes to `digest`. */
  | {
      readonly type: 'fetchedBlock'
      readonly header: Header
      readonly digest: Hash
    }
  /** Answer to `fetch` of segments; `from` is who sent it, to be scored if it is wrong. */
  | {
      readonly type: 'fetchedSegments'
      readonly from: string
      readonly segments: readonly FetchedSegment[]
    }
  /** The driver gave up for now: nobody it asked had it. Consensus asks again when it still needs it. */
  | { readonly type: 'fetchFailed'; readonly what: 'block'; readonly digest: Hash }
  | { readonly type: 'fetchFailed'; readonly what: 'segments'; readonly fromHeight: number }
  /** The store holds everything up to this height durably, with its finalization. */
  | { readonly type: 'appCommitted'; readonly height: number }
  | { readonly type: 'work'; readonly flags: WorkFlags }
