import {
  onFetchedBlock,
  onFetchedSegments,
  onFetchFailed,
  onRepair,
  onVerified,
  ownSegments,
} from './chain-events.ts'
import { commitNext, fetchSegments, holdBlock } from './commit.ts'
import type { Effect } from './effect.ts'
import type { Now } from './event.ts'
import type { FollowerConfig } from './follower-config.ts'
import type { FollowerEffect, FollowerEvent } from './follower-event.ts'
import {
  type Freshness,
  freshnessOf,
  isCurrent,
  membersAhead,
  onFollowedBeacon,
} from './follower-freshness.ts'
import { createFollowerCore, type FollowerCore, rejectSource } from './follower-state.ts'
import { onFinalCertificate, onRawVote } from './follower-votes.ts'
import { BLOCKS_MAX, FOLLOW_AHEAD_VIEWS, SILENCE_MS } from './limits.ts'
import { endOfEpoch, messageEpoch } from './past-epochs.ts'

/**
 * A node that does not vote (consensus.md §15). It believes nobody: a block is final by a quorum of
 * finalize signatures of the pinned set, and is committed after executing to the same roots. It
 * tells what to fetch and which blocks are final, in order; the driver executes and commits.
 */
export type Follower = {
  /** Deterministic: the same events at the same times give the same effects. Never throws. */
  readonly step: (event: FollowerEvent, now: Now) => readonly FollowerEffect[]
  /** As of the last step, judged at `now`. */
  readonly freshness: (now: Now) => Freshness
  /** What `freshness` says of `current`. */
  readonly isCurrent: (now: Now) => boolean
  readonly standing: () => {
    readonly finalisedHeight: number
    readonly settledView: number
    readonly halted: boolean
  }
}

export const createFollower = (config: FollowerConfig): Follower => {
  const core = createFollowerCore(config)
  let halted = false
  return {
    step: (event, now) => {
      if (halted) return []
      core.now = now
      dispatch(core, event)
      settle(core)
      halted = core.chain.fatal !== undefined || core.chain.end !== undefined
      return takeEffects(core)
    },
    freshness: (now) => {
      core.now = now
      return freshnessOf(core)
    },
    isCurrent: (now) => {
      core.now = now
      return isCurrent(core)
    },
    standing: () => ({
      finalisedHeight: core.chain.finalised.header.height,
      settledView: core.settled.view,
      halted,
    }),
  }
}

/** Two final blocks at one height, or other roots: the proof is kept, nothing is wiped. */
const takeEffects = (core: FollowerCore): readonly FollowerEffect[] => {
  const effects = core.chain.effects.splice(0)
  const { fatal } = core.chain
  if (fatal !== undefined) return [{ type: 'report', report: { kind: 'fatal', ...fatal } }]
  return effects.filter(isFollowerEffect)
}

const isFollowerEffect = (effect: Effect): effect is FollowerEffect => {
  switch (effect.type) {
    case 'verify':
    case 'fetch':
    case 'abandon':
    case 'finalise':
    case 'setTimer':
    case 'cancelTimer':
    case 'report':
    case 'endEpoch':
    case 'answerStranger':
      return true
    default:
      return false
  }
}

const dispatch = (core: FollowerCore, event: FollowerEvent): void => {
  const { chain, now } = core
  switch (event.type) {
    case 'start':
      core.committedAtMs = now.monotonicMs
      watchSilence(core)
      break
    case 'block':
      onBlock(core, event)
      break
    case 'vote':
      onRawVote(core, event.vote, event.source)
      break
    case 'certificate':
      onFinalCertificate(core, event.certificate, event.source)
      break
    case 'beacon':
      onFollowedBeacon(core, event.beacon, event.source)
      break
    case 'stranger':
      onOtherEpoch(core, event.peer, messageEpoch(event.message))
      break
    case 'peerConnected':
      if (chain.targets.length === 0) fetchSegments(chain, [event.peer])
      break
    case 'verified':
      onVerified(chain, event)
      break
    case 'fetchedBlock':
      onFetchedBlock(chain, event, now.monotonicMs)
      break
    case 'fetchedSegments':
      onSegments(core, event)
      break
    case 'fetchFailed':
      onFetchFailed(chain, event)
      break
    case 'timer':
      if (event.timer === 'heartbeat') onSilence(core)
      if (event.timer !== 'repair') break
      core.repairing = false
      onRepair(chain)
      break
    default:
  }
}

/**
 * Nobody said of late that this copy is current. Those who knew may vote no more, since an epoch that
 * this copy has not heard the end of, and say nothing by themselves: they are asked.
 */
const onSilence = (core: FollowerCore): void => {
  const { chain, config } = core
  const quiet = !isCurrent(core) && chain.targets.length === 0
  if (quiet) fetchSegments(chain, [...config.set.members.keys()])
  watchSilence(core)
}

const watchSilence = ({ chain, config, now }: FollowerCore): void => {
  const atMs = now.monotonicMs + SILENCE_MS
  chain.effects.push({ type: 'setTimer', timer: 'heartbeat', epoch: config.epoch, view: 0, atMs })
}

/** An authority in an epoch that is over here is told how it ended: it may have nobody else to ask. */
const onOtherEpoch = ({ chain, config }: FollowerCore, to: string, epoch: number): void => {
  const message = endOfEpoch(config.past, epoch)
  if (message !== undefined) chain.effects.push({ type: 'answerStranger', to, message })
}

/** A block that nobody vouches for yet: kept for a while, executed only when it proves final. */
const onBlock = (
  core: FollowerCore,
  { header, digest }: Extract<FollowerEvent, { readonly type: 'block' }>,
): void => {
  const { chain, config, now } = core
  const ours = header.chainId === config.chainId && header.authoritySetHash === config.set.hash
  const near =
    header.height > chain.finalised.header.height &&
    header.view <= core.settled.view + FOLLOW_AHEAD_VIEWS
  const room = chain.blocks.size < BLOCKS_MAX || chain.fetching.has(digest)
  if (ours && near && room) holdBlock(chain, { header, digest, seenAtMs: now.monotonicMs })
  else if (!chain.blocks.has(digest)) chain.effects.push({ type: 'abandon', digest })
}

const onSegments = (
  core: FollowerCore,
  event: Extract<FollowerEvent, { readonly type: 'fetchedSegments' }>,
): void => {
  const { domain, config, chain, now } = core
  const judge = { domain, verify: config.verify, nowMs: now.monotonicMs }
  if (onFetchedSegments(chain, event, judge)) {
    const newest = ownSegments(event, config.epoch).at(-1)?.certificate
    if (newest !== undefined && newest.view > core.settled.view) {
      core.settled = { view: newest.view, certificate: newest }
    }
    core.catchingUp = chain.targets.length > 0
  } else rejectSource(core, event.from, 'broken_segment')
}

/** What follows from the state by itself. */
const settle = (core: FollowerCore): void => {
  const { chain, config, now } = core
  while (commitNext(chain) !== undefined) core.committedAtMs = now.monotonicMs
  if (chain.end !== undefined) {
    chain.effects.push({ type: 'cancelTimer', timer: 'heartbeat' })
    if (core.repairing) chain.effects.push({ type: 'cancelTimer', timer: 'repair' })
    chain.effects.push({ type: 'endEpoch', end: chain.end })
    return
  }
  if (core.catchingUp && chain.targets.length === 0) {
    core.catchingUp = false
    const peers = membersAhead(core)
    if (peers.length > 0) fetchSegments(chain, peers)
  }
  if (core.repairing || chain.resting.size === 0) return
  core.repairing = true
  const atMs = now.monotonicMs + 5 * config.deltaMs
  chain.effects.push({ type: 'setTimer', timer: 'repair', epoch: config.epoch, view: 0, atMs })
}
