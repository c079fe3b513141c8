import type { Certificate, Finalization } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'
import type { EpochEnd } from './epoch-end.ts'
import type { JournalRecord, LossCode } from './journal-record.ts'

/**
 * What a step asks of the world, in list order.
 *
 * Rule of durability: every `persist` of a step is on disk before any `send`, `broadcast`,
 * `publish`, `publishBlock` or `finalise` of the same or a later step leaves the process. A driver
 * may join several steps into one sync.
 *
 * Split of work: consensus says WHAT is missing (a block by digest, final blocks from a height),
 * the driver decides HOW (which peer first, back-off, parallel requests), holds the bodies, and
 * executes. Consensus never sees a body. The driver drops held blocks at or below the finalised
 * height after `finalise`, and a block named by `abandon`.
 *
 * Promises of the driver: every `build`, `verify` and `fetch` is answered once, unless abandoned;
 * giving up is an answer (`unavailable`, `fetchFailed`). A `verify` comes after its parent was
 * executed. What is held stays held, over a restart too when a `block` record was persisted.
 */
export type Effect =
  | { readonly type: 'persist'; readonly record: JournalRecord }
  | { readonly type: 'send'; readonly to: number; readonly message: ConsensusMessage }
  /** To every other authority. */
  | { readonly type: 'broadcast'; readonly message: ConsensusMessage }
  /** To followers: finalize votes, finalizations, beacons. */
  | { readonly type: 'publish'; readonly message: ConsensusMessage }
  /** To followers: the full bytes of a block the driver holds. */
  | { readonly type: 'publishBlock'; readonly digest: Hash }
  /** One timer a name; setting it again moves it. `epoch` and `view` come back in the event. */
  | {
      readonly type: 'setTimer'
      readonly timer: TimerName
      readonly epoch: number
      readonly view: number
      /** Monotonic clock. */
      readonly atMs: number
    }
  | { readonly type: 'cancelTimer'; readonly timer: TimerName }
  /** Execute a new block on top of the parent; answered by `built` or `notBuilt`. */
  | BuildEffect
  /** Obtain the body, execute it on the parent's state; answered by `verified`. */
  | VerifyEffect
  /** Answered by `fetchedBlock`, `fetchedSegments` or `fetchFailed`. */
  | FetchEffect
  /**
   * Stop fetching and verifying this block and forget it: no answer about it may be delivered
   * after this, unless it is asked for again.
   */
  | { readonly type: 'abandon'; readonly digest: Hash }
  /**
   * This block's view ended without a proof for it. If it is applied, take it back with what is on
   * it, so that its transactions wait again; it stays held and counts as executed.
   */
  | { readonly type: 'retreat'; readonly digest: Hash }
  /** Commit these blocks (each held and executed), oldest first; answered by `appCommitted`. */
  | {
      readonly type: 'finalise'
      readonly digests: readonly Hash[]
      readonly headers: readonly Header[]
      readonly certificate: Finalization
    }
  /**
   * The sealing block is final and the store has acknowledged it: this machine does nothing more. The
   * driver makes that of the next epoch (`next-epoch.ts`), if this node has a part in it.
   */
  | {
      readonly type: 'endEpoch'
      readonly end: EpochEnd
      /** What the next machine must know of lost votes (`amnesia.ts`); a follower knows nothing of it. */
      readonly memory?: readonly JournalRecord[]
    }
  /** To a node that is no member of this set, by the name under which it spoke. */
  | { readonly type: 'answerStranger'; readonly to: string; readonly message: ConsensusMessage }
  /** Send the oldest transactions of the mempool, at most so many, to all authorities again. */
  | { readonly type: 'reoffer'; readonly max: number }
  | { readonly type: 'report'; readonly report: Report }

export type TimerName =
  | 'leader'
  | 'advance'
  | 'retry'
  | 'standstill'
  | 'tip'
  | 'pace'
  | 'beacon'
  | 'heartbeat'
  | 'repair'

/** The fields of a header that consensus decides; the executor adds counts, roots, flags, next set. */
export type HeaderTemplate = Pick<
  Header,
  | 'chainId'
  | 'epoch'
  | 'view'
  | 'height'
  | 'parentDigest'
  | 'timestampMs'
  | 'proposerIndex'
  | 'authoritySetHash'
  | 'version'
>

export type BuildEffect = {
  readonly type: 'build'
  readonly epoch: number
  readonly view: number
  readonly parentView: number
  readonly parentDigest: Hash
  readonly template: HeaderTemplate
  /** False when too many blocks are open: only what makes the tip final may be built. */
  readonly allowTransactions: boolean
  /** Whether a block flagged EMPTY is of use. */
  readonly allowEmpty: boolean
}

export type VerifyEffect = {
  readonly type: 'verify'
  readonly epoch: number
  readonly view: number
  readonly header: Header
  readonly digest: Hash
  /**
   * `proposal`: join the body from these hashes, which nothing binds to the header: a body that does
   * not do is forgotten and says nothing of the block. `held`: the driver has the whole block.
   */
  readonly body:
    | { readonly from: 'proposal'; readonly transactionHashes: readonly Hash[] }
    | { readonly from: 'held' }
  /** Whether the block is proven final: a held body that is not good is then `diverged`, not `invalid`. */
  readonly final: boolean
  /** Who must have the body, most likely first: the leader, then voters. */
  readonly peers: readonly number[]
}

export type FetchEffect =
  | {
      readonly type: 'fetch'
      readonly what: 'block'
      readonly digest: Hash
      readonly peers: readonly number[]
    }
  /** Final blocks from `fromHeight` up; `peers` are known or likely to have them. */
  | {
      readonly type: 'fetch'
      readonly what: 'segments'
      readonly fromHeight: number
      readonly peers: readonly number[]
    }

/** Two votes of one member that no honest member makes both. */
export type Evidence = { readonly a: Vote; readonly b: Vote }

export type FatalCode =
  /** Two quorums signed what cannot both be: more than f members are dishonest. */
  | 'conflicting_certificates'
  /** A final block gives other roots here. */
  | 'state_diverged'
  /** The store calls a block final that nobody signed so: it has changed by itself. */
  | 'state_corrupt'
  /** Votes of ours are gone, and there is nobody to learn of them from. Also: a foreign journal. */
  | LossCode
  /** Votes of ours appear that this process did not cast, after it had learned where they can be. */
  | 'key_in_two_places'
  /** Our own rule of voting would be broken; or the driver answered what was not asked. */
  | 'rule_broken'

export type Report =
  | { readonly kind: 'evidence'; readonly evidence: Evidence }
  /** A peer said what no honest peer says; `peer` is a member index, or a follower's source. */
  | {
      readonly kind: 'peer'
      readonly verdict: 'reject'
      readonly peer: number | string
      readonly reason: PeerFault
    }
  /** The replica has stopped; every later step gives no effect. */
  | {
      readonly kind: 'fatal'
      readonly code: FatalCode
      readonly detail: string
      readonly proof: readonly Certificate[]
    }
  /** A block that its leader proposed is not valid here. */
  | { readonly kind: 'invalidBlock'; readonly view: number; readonly digest: Hash }
  | { readonly kind: 'clock'; readonly trusted: boolean }
  /** The current view changed; for metrics and for a watcher of leaders. */
  | { readonly kind: 'view'; readonly view: number; readonly leader: number }
  /** The status exchange after a start is done: this replica votes from now on. */
  | { readonly kind: 'voting' }
  /** Votes of ours may be gone: nothing is voted before `amnesiaOver`. */
  | { readonly kind: 'amnesia'; readonly code: LossCode; readonly detail: string }
  /** Amnesia goes on, since these members did not say where they stand; said now and then. */
  | { readonly kind: 'amnesiaWaits'; readonly needed: number; readonly silent: readonly number[] }
  /** Votes resume above this view: none that is gone can be there. */
  | { readonly kind: 'amnesiaOver'; readonly refusedView: number }

export type PeerFault =
  | 'invalid_signature'
  | 'invalid_certificate'
  | 'wrong_domain'
  | 'not_leader'
  | 'not_own_vote'
  | 'broken_proposal'
  | 'broken_segment'
