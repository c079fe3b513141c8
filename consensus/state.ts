import { faultsOf, quorumOf } from '#protocol/chain/authority-set.ts'
import type { Certificate, Finalization } from '#protocol/chain/certificate.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { FinalisedPoint } from '#protocol/chain/status.ts'
import type { SigningDomain, Vote } from '#protocol/chain/vote.ts'
import { hashBytes } from '#protocol/hash.ts'
import { type Chain, createChain, viewIn } from './chain.ts'
import type { BuildEffect, Effect, Report, TimerName } from './effect.ts'
import { NO_WORK, type Now, type WorkFlags } from './event.ts'
import type { JournalRecord, LossCode } from './journal-record.ts'
import { leaderOf } from './leader.ts'
import { RETAIN_VIEWS } from './limits.ts'
import type { Recovered, ReplicaConfig } from './replica-config.ts'
import { createRound, type Round } from './round.ts'

/** What is known of another member, by its index. */
export type Peer = {
  connected: boolean
  /** A status of it that counts was verified since the start, or since our amnesia began. */
  statusSeen: boolean
  /** Monotonic time of its last message. */
  heardAtMs: number
  /** Monotonic time of the last help sent to it. */
  helpedAtMs: number
  /** Monotonic time of the last status sent to it. */
  statusSentAtMs: number
  /** Its last beacon: its own clock, and our wall clock when it came. */
  beacon: { readonly sentAtMs: number; readonly receivedAtMs: number } | undefined
  /** Bounds of its wall clock minus ours, and the monotonic time of the measurement. */
  offset: { readonly lowMs: number; readonly highMs: number; readonly atMs: number } | undefined
}

/** The highest finalization known, whether or not its blocks are here. */
export type Settled = {
  readonly view: number
  readonly certificate: Finalization | null
}

/** State of one replica; only `step` changes it. */
export type Core = {
  readonly config: ReplicaConfig
  readonly domain: SigningDomain
  readonly size: number
  readonly quorum: number
  readonly faults: number
  readonly chain: Chain
  readonly rounds: Map<number, Round>
  readonly peers: readonly Peer[]
  /** The journal knows nothing of this epoch: its record is still to be written. */
  readonly fresh: boolean
  /** Votes of ours may be gone: amnesia (`amnesia.ts`). */
  loss: Loss | undefined
  readonly memory: Memory
  now: Now
  /** Current view. */
  view: number
  /** What ended the view before the current one; null in the first view of an epoch. */
  entry: Certificate | null
  settled: Settled
  /** Monotonic time at which it was learned. */
  settledAtMs: number
  /** Never vote here or below. */
  floorView: number
  /** Views above the settled one that hold a notarization, ascending. */
  notarized: number[]
  /** Rounds below are gone. */
  prunedBelow: number
  /** What the store holds durably. */
  durable: FinalisedPoint
  /** Handed to the store and not yet acknowledged, oldest first. */
  committing: FinalisedPoint[]
  /** A floor record that rides on the next vote's write. */
  pendingFloor: JournalRecord | undefined
  /** Certificates that the journal holds. */
  journaled: WeakSet<Certificate>
  /** The epoch is over and the next one's machine goes on. */
  ended: boolean
  /** The status exchange after the start is done. */
  voting: boolean
  work: WorkFlags
  /** Monotonic time since which transactions wait for a block. */
  waitingSinceMs: number
  /** Timers of the current view run. */
  armed: boolean
  retryPauseMs: number
  /** Timers set and neither fired nor cancelled. */
  readonly timers: Map<TimerName, number>
  /** The build that runs for the current view. */
  building: BuildEffect | undefined
  /** The last build found no good transaction; cleared by the next `work`. */
  emptyHanded: boolean
  /** The pause before an empty block has passed in this view. */
  tipPaused: boolean
  /** Monotonic time from which missing certificates may be asked for again. */
  certificatesAskedAtMs: number
  certificateAsks: number
  clockTrusted: boolean
  /** Own votes and assembled certificates of this step, still to be handled. */
  readonly tasks: Task[]
}

export type Loss = { readonly code: LossCode; readonly detail: string }

/** Which views' own votes are all known. */
export type Memory = {
  /** Nothing is known of views up to here, and never will be: amnesia's refusal, or a floor at the start. */
  blankTo: number
  /** The highest view that the journal told of at the start. */
  toldTo: number
  /** The highest view of a finalize vote of ours that the journal told of: that block may be final. */
  finalizedTo: number
  /** The lowest view voted in since. */
  votedFrom: number
  /** No vote here or below: what amnesia ended with. */
  refusedView: number
  /** Amnesia ended in this process. */
  regained: boolean
  /** Monotonic time at which the operator was last told that amnesia waits. */
  toldAtMs: number
}

export type Task =
  | { readonly type: 'vote'; readonly vote: Vote }
  | { readonly type: 'certificate'; readonly certificate: Certificate }

const NEVER = Number.NEGATIVE_INFINITY

/** A replica that knows its final block and nothing above it. */
export const createCore = (config: ReplicaConfig, recovered: Recovered): Core => {
  const { header, digest, certificate } = recovered.finalised
  const size = config.set.members.length
  const view = viewIn(config.epoch, header)
  const proof = header.epoch === config.epoch ? certificate : null
  const finalised = { height: header.height, view, digest }
  return {
    config,
    domain: { chainId: hashBytes(config.chainId), set: config.set },
    size,
    quorum: quorumOf(size),
    faults: faultsOf(size),
    chain: createChain({ header, digest, certificate, emptyRun: 0 }, config.epoch),
    rounds: new Map(),
    peers: config.set.members.map(createPeer),
    fresh: !isLastEpoch(recovered, config.epoch),
    loss: undefined,
    memory: createMemory(),
    now: { wallMs: 0, monotonicMs: 0 },
    view: view + 1,
    entry: proof,
    settled: { view, certificate: proof },
    settledAtMs: 0,
    floorView: 0,
    notarized: [],
    prunedBelow: Math.max(0, view - RETAIN_VIEWS),
    durable: finalised,
    committing: [],
    pendingFloor: undefined,
    journaled: new WeakSet(),
    ended: false,
    voting: size === 1,
    work: NO_WORK,
    waitingSinceMs: 0,
    armed: false,
    retryPauseMs: 0,
    timers: new Map(),
    building: undefined,
    emptyHanded: false,
    tipPaused: false,
    certificatesAskedAtMs: NEVER,
    certificateAsks: 0,
    clockTrusted: true,
    tasks: [],
  }
}

const isLastEpoch = ({ records }: Recovered, epoch: number): boolean => {
  const last = records.findLast((record) => record.type === 'epoch')
  return last?.type === 'epoch' && last.epoch === epoch
}

const createMemory = (): Memory => ({
  blankTo: 0,
  toldTo: 0,
  finalizedTo: 0,
  votedFrom: Number.POSITIVE_INFINITY,
  refusedView: 0,
  regained: false,
  toldAtMs: NEVER,
})

const createPeer = (): Peer => ({
  connected: false,
  statusSeen: false,
  heardAtMs: NEVER,
  helpedAtMs: NEVER,
  statusSentAtMs: NEVER,
  beacon: undefined,
  offset: undefined,
})

/** The round of a view, made on first need. */
export const roundAt = (core: Core, view: number): Round => {
  const known = core.rounds.get(view)
  if (known !== undefined) return known
  const round = createRound(view)
  core.rounds.set(view, round)
  return round
}

/** Whether a vote in this view may be cast at all, as far as memory goes. */
export const mayVoteIn = (core: Core, view: number): boolean =>
  core.voting && view > core.floorView && view > core.memory.refusedView

export const leaderAt = (core: Core, view: number): number => leaderOf(core.config, view)

export const leads = (core: Core, view: number): boolean => leaderAt(core, view) === core.config.me

export const emit = (core: Core, effect: Effect): void => {
  core.chain.effects.push(effect)
}

export const report = (core: Core, content: Report): void =>
  emit(core, { type: 'report', report: content })

export const broadcast = (core: Core, message: ConsensusMessage): void => {
  if (core.size > 1) emit(core, { type: 'broadcast', message })
}

export const setTimer = (core: Core, timer: TimerName, atMs: number): void => {
  core.timers.set(timer, atMs)
  emit(core, { type: 'setTimer', timer, epoch: core.config.epoch, view: core.view, atMs })
}

export const cancelTimer = (core: Core, timer: TimerName): void => {
  if (core.timers.delete(timer)) emit(core, { type: 'cancelTimer', timer })
}

/** Every member but this one. */
export const others = (core: Core): readonly number[] =>
  core.peers.map((_, index) => index).filter((index) => index !== core.config.me)
