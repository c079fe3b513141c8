import { type Certificate, isFinalization } from '#protocol/chain/certificate.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { checkSignature, declareLoss, tellAmnesia } from './amnesia.ts'
import { onBeacon, scheduleBeacon, sendBeacons } from './beacons.ts'
import { onBuilt, onNotBuilt } from './built.ts'
import { onCertificate } from './certificates.ts'
import {
  onFetchedBlock,
  onFetchedSegments,
  onFetchFailed,
  onRepair,
  onVerified,
  ownSegments,
} from './chain-events.ts'
import { clockOffsetOf } from './clock-monitor.ts'
import { commitFinal, onAppCommitted } from './durable.ts'
import type { Effect } from './effect.ts'
import { awaitEnd, onOtherEpoch, onStranger } from './epochs.ts'
import { evaluateProposal } from './evaluate.ts'
import type { Event, Now } from './event.ts'
import { castFinalizeVotes, executeNotarized } from './finalize-votes.ts'
import { answerRequest, helpFinal } from './help.ts'
import type { LossCode } from './journal-record.ts'
import { noteWork } from './pace.ts'
import { messageEpoch } from './past-epochs.ts'
import { onProposal } from './proposals.ts'
import { propose } from './propose.ts'
import { recover } from './recover.ts'
import type { Recovered, ReplicaConfig } from './replica-config.ts'
import { onStandstill, refreshStandstill } from './standstill.ts'
import { type Core, createCore, emit, others, report, setTimer } from './state.ts'
import {
  onPeerConnected,
  onStatus,
  sendStatus,
  statusesNeeded,
  statusesSeen,
} from './status-exchange.ts'
import { onViewTimer, refreshViewTimers } from './view-timers.ts'
import { onOwnVote, onVote } from './votes.ts'
import { isHeartbeatDue } from './work.ts'

/** One authority's part in the agreement. */
export type Replica = {
  /** Deterministic: the same events at the same times give the same effects. Never throws. */
  readonly step: (event: Event, now: Now) => readonly Effect[]
  /** For watchers only; a copy. */
  readonly standing: () => Standing
  /** Ours against the middle of the other authorities' clocks; null until any was measured. */
  readonly clockOffsetMs: () => number | null
}

/** Where a replica stands. */
export type Standing = {
  readonly view: number
  readonly finalisedHeight: number
  readonly settledView: number
  readonly voting: boolean
  readonly halted: boolean
  /** Why votes of ours may be gone, while that keeps it from voting. */
  readonly amnesia: LossCode | null
  /** Others that must still say where they stand before it votes. */
  readonly statusesMissing: number
  readonly roundsHeld: number
  readonly blocksHeld: number
}

/** A replica as the disk left it; `start` must be its first event. */
export const createReplica = (config: ReplicaConfig, recovered: Recovered): Replica => {
  const core = createCore(config, recovered)
  recover(core, recovered)
  core.chain.effects.length = 0
  core.timers.clear()
  let halted = false
  return {
    step: (event, now) => {
      if (halted) return []
      core.now = now
      dispatch(core, event)
      settle(core)
      halted = core.chain.fatal !== undefined || core.ended
      return takeEffects(core)
    },
    standing: () => standingOf(core),
    clockOffsetMs: () => clockOffsetOf(core),
  }
}

/**
 * A fatal step says why and does nothing else: crash rather than continue. Certificates that cannot
 * both be are the last thing it says: whoever still follows either chain halts with them too.
 */
const takeEffects = (core: Core): readonly Effect[] => {
  const effects = core.chain.effects.splice(0)
  const { fatal } = core.chain
  if (fatal === undefined) return effects
  const lastWords = fatal.proof.flatMap((certificate) => lastWord(core, certificate))
  return [...lastWords, { type: 'report', report: { kind: 'fatal', ...fatal } }]
}

/** Sent to each, since a certificate for all would wait for company. */
const lastWord = (core: Core, certificate: Certificate): readonly Effect[] => {
  const message = { type: 'certificate', certificate } as const
  const sent = others(core).map((to) => ({ type: 'send', to, message }) as const)
  return isFinalization(certificate) ? [...sent, { type: 'publish', message }] : sent
}

const start = (core: Core): void => {
  const { epoch, set, genesisDigest } = core.config
  const origin = { type: 'epoch', epoch, setHash: set.hash, genesisDigest } as const
  declareLoss(core)
  if (core.fresh) emit(core, { type: 'persist', record: origin })
  for (const peer of core.peers) peer.heardAtMs = core.now.monotonicMs
  core.settledAtMs = core.now.monotonicMs
  scheduleBeacon(core)
}

const dispatch = (core: Core, event: Event): void => {
  const { chain, now } = core
  switch (event.type) {
    case 'start':
      start(core)
      break
    case 'message':
      onMessage(core, event.from, event.message)
      break
    case 'stranger':
      onStranger(core, event.peer, event.message)
      break
    case 'followerConnected':
      sendBeacons(core)
      break
    case 'timer':
      onTimer(core, event)
      break
    case 'built':
      onBuilt(core, event)
      break
    case 'notBuilt':
      onNotBuilt(core, event)
      break
    case 'verified':
      if (onVerified(chain, event)) {
        report(core, { kind: 'invalidBlock', view: event.view, digest: event.digest })
      }
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
    case 'appCommitted':
      onAppCommitted(core, event.height)
      break
    case 'work':
      noteWork(core, event.flags.transactions)
      core.work = event.flags
      core.emptyHanded = false
      break
    case 'peerConnected':
      onPeerConnected(core, event.peer)
      break
    case 'peerDisconnected':
      break
  }
}

const onMessage = (core: Core, from: number, message: ConsensusMessage): void => {
  const peer = core.peers[from]
  if (peer === undefined || from === core.config.me) return
  peer.heardAtMs = core.now.monotonicMs
  const epoch = messageEpoch(message)
  if (epoch !== core.config.epoch) {
    onOtherEpoch(core, from, epoch)
    return
  }
  switch (message.type) {
    case 'vote':
      onVote(core, message.vote, from)
      break
    case 'certificate':
      onPeerCertificate(core, message.certificate, from)
      break
    case 'proposal':
      onProposal(core, message.proposal, from)
      break
    case 'status':
      onStatus(core, from, message.status)
      break
    case 'beacon':
      onBeacon(core, from, message.beacon, message.echo)
      break
    case 'certificateRequest':
      answerRequest(core, from, message)
  }
}

/**
 * A notarization that finality has passed for as long as a message takes comes from a peer that
 * waits for that finality; one that comes sooner is only a little late, and ours is on its way.
 */
const onPeerCertificate = (core: Core, certificate: Certificate, from: number): void => {
  onCertificate(core, certificate, from)
  if (certificate.kind !== 'notarize' || certificate.view > core.settled.view) return
  if (core.now.monotonicMs - core.settledAtMs >= core.config.deltaMs) helpFinal(core, from)
}

const onTimer = (core: Core, event: Extract<Event, { readonly type: 'timer' }>): void => {
  if (event.epoch !== core.config.epoch) return
  core.timers.delete(event.timer)
  switch (event.timer) {
    case 'leader':
    case 'advance':
    case 'retry':
      onViewTimer(core, event.timer, event)
      break
    case 'standstill':
      onStandstill(core, event.view)
      break
    case 'tip':
      if (event.view === core.view) core.tipPaused = true
      break
    case 'beacon':
      sendBeacons(core)
      break
    case 'repair':
      onRepair(core.chain)
      askStatuses(core)
      break
    case 'pace':
    case 'heartbeat':
      break
  }
}

/** A start goes on until enough others said where they stand: those that did not are asked again. */
const askStatuses = (core: Core): void => {
  if (core.voting) return
  tellAmnesia(core)
  for (const peer of others(core)) {
    if (core.peers[peer]?.statusSeen === false) sendStatus(core, peer, true)
  }
}

const onSegments = (
  core: Core,
  event: Extract<Event, { readonly type: 'fetchedSegments' }>,
): void => {
  const { domain, config, chain, now } = core
  const judge = { domain, verify: config.verify, nowMs: now.monotonicMs }
  if (!onFetchedSegments(chain, event, judge)) {
    report(core, { kind: 'peer', verdict: 'reject', peer: event.from, reason: 'broken_segment' })
    return
  }
  const segments = ownSegments(event, config.epoch)
  for (const { certificate } of segments) checkSignature(core, certificate)
  const newest = segments.at(-1)?.certificate
  if (newest !== undefined) onCertificate(core, newest, 'segment')
}

/** What follows from the state by itself, until nothing more does. */
const settle = (core: Core): void => {
  do {
    handleTasks(core)
    commitFinal(core)
    if (core.chain.end !== undefined) {
      awaitEnd(core)
      return
    }
    executeNotarized(core)
    evaluateProposal(core)
    castFinalizeVotes(core)
    propose(core)
  } while (core.tasks.length > 0 && core.chain.fatal === undefined)
  refreshViewTimers(core)
  refreshStandstill(core)
  refreshRepair(core)
  refreshHeartbeat(core)
}

const handleTasks = (core: Core): void => {
  for (let task = core.tasks.shift(); task !== undefined; task = core.tasks.shift()) {
    if (task.type === 'vote') onOwnVote(core, task.vote)
    else onCertificate(core, task.certificate, 'assembled')
  }
}

const refreshRepair = (core: Core): void => {
  if (core.timers.has('repair') || (core.voting && core.chain.resting.size === 0)) return
  setTimer(core, 'repair', core.now.monotonicMs + 5 * core.config.deltaMs)
}

const refreshHeartbeat = (core: Core): void => {
  if (core.timers.has('heartbeat') || isHeartbeatDue(core, core.chain.finalised.header)) return
  const dueMs = core.chain.finalised.header.timestampMs + core.config.heartbeatMs
  setTimer(core, 'heartbeat', core.now.monotonicMs + dueMs - core.now.wallMs)
}

const standingOf = (core: Core): Standing => ({
  view: core.view,
  finalisedHeight: core.chain.finalised.header.height,
  settledView: core.settled.view,
  voting: core.voting,
  halted: core.chain.fatal !== undefined,
  amnesia: core.loss?.code ?? null,
  statusesMissing: core.voting ? 0 : Math.max(0, statusesNeeded(core) - statusesSeen(core)),
  roundsHeld: core.rounds.size,
  blocksHeld: core.chain.blocks.size,
})
