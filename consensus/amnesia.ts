import type { Certificate } from '#protocol/chain/certificate.ts'
import { type Ballot, sameBallot, type Vote, verifyVote } from '#protocol/chain/vote.ts'
import { type Fatal, halt } from './chain.ts'
import type { JournalRecord } from './journal-record.ts'
import { AMNESIA_TELL_MS } from './limits.ts'
import type { Recovered, ReplicaConfig } from './replica-config.ts'
import { type Core, cancelTimer, emit, type Loss, others, report, setTimer } from './state.ts'

/**
 * Votes of ours may be gone. From here on none is cast, and what the journal held counts for nothing,
 * until enough others have proven where the agreement is. Alone, a member has nobody to learn it from
 * and stops; so does one whose votes go on appearing after that: its key is in use twice.
 */
export const loseVotes = (core: Core, loss: Loss): void => {
  if (core.chain.fatal !== undefined || core.loss !== undefined) return
  if (core.size === 1 || core.memory.regained) {
    halt(core.chain, core.size === 1 ? alone(loss) : twice(loss))
    return
  }
  core.loss = loss
  core.voting = false
  core.armed = false
  core.building = undefined
  core.pendingFloor = undefined
  core.journaled = new WeakSet()
  for (const timer of ['leader', 'advance', 'retry'] as const) cancelTimer(core, timer)
  for (const { mine } of core.rounds.values()) {
    Object.assign(mine, { notarize: undefined, nullify: undefined, finalize: undefined })
  }
  for (const peer of core.peers) {
    peer.statusSeen = false
    peer.statusSentAtMs = Number.NEGATIVE_INFINITY
  }
}

const alone = ({ code, detail }: Loss): Fatal => ({
  code,
  detail: `${detail}; a solo authority has nobody to learn its votes from: a person must decide`,
  proof: [],
})

const twice = ({ detail }: Loss): Fatal => ({ code: 'key_in_two_places', detail, proof: [] })

/** A loss that shows while the replica runs: written down at once, and the others are asked. */
export const loseVotesNow = (core: Core, loss: Loss): void => {
  const before = core.loss
  loseVotes(core, loss)
  if (core.loss === before) return
  declareLoss(core)
  setTimer(core, 'repair', core.now.monotonicMs)
}

/** The first thing on disk after a loss is that there was one; then the operator is told. */
export const declareLoss = (core: Core): void => {
  if (core.loss === undefined) return
  emit(core, { type: 'persist', record: { type: 'amnesia', cause: core.loss.code } })
  report(core, { kind: 'amnesia', ...core.loss })
  core.memory.toldAtMs = core.now.monotonicMs
}

/**
 * Enough others have proven where they are, and ours is the highest view of all: whatever was lost
 * lies at most one above it (README, "Why it is safe"). That is durable before the next vote.
 */
export const endAmnesia = (core: Core): void => {
  const { memory, entry } = core
  const view = Math.max(memory.refusedView, core.view + 1)
  Object.assign(memory, {
    refusedView: view,
    blankTo: view,
    toldTo: view,
    votedFrom: Number.POSITIVE_INFINITY,
    regained: true,
  })
  core.loss = undefined
  if (entry !== null) {
    core.journaled.add(entry)
    emit(core, { type: 'persist', record: { type: 'certificate', certificate: entry } })
  }
  emit(core, { type: 'persist', record: { type: 'refusal', epoch: core.config.epoch, view } })
  report(core, { kind: 'amnesiaOver', refusedView: view })
}

/** Says now and then whom amnesia waits for. */
export const tellAmnesia = (core: Core): void => {
  const nowMs = core.now.monotonicMs
  if (core.loss === undefined || nowMs - core.memory.toldAtMs < AMNESIA_TELL_MS) return
  core.memory.toldAtMs = nowMs
  const silent = others(core).filter((peer) => core.peers[peer]?.statusSeen === false)
  report(core, { kind: 'amnesiaWaits', needed: core.quorum, silent })
}

/** A vote in our name in amnesia: nothing is cast in its view or below, whatever the others prove. */
export const noteForgotten = (core: Core, vote: Vote): void => {
  const { me, epoch, verify } = core.config
  const { memory } = core
  if (vote.signer !== me || vote.epoch !== epoch || vote.view <= memory.refusedView) return
  if (verifyVote(vote, core.domain, verify)) memory.refusedView = vote.view
}

/** Whether this replica does not know a ballot that it must know if it cast it. */
export const isForgotten = (core: Core, ballot: Ballot): boolean => {
  const { blankTo, toldTo, votedFrom } = core.memory
  const { view } = ballot
  if (core.loss !== undefined || view <= blankTo) return false
  if (view > toldTo && view < votedFrom) return true
  if (view <= core.prunedBelow) return false
  const mine = core.rounds.get(view)?.mine[ballot.kind]
  return mine === undefined || !sameBallot(mine, ballot)
}

/** A valid certificate with our signature under what we do not know: a vote of ours is gone. */
export const hasForgotten = (core: Core, certificate: Certificate): boolean =>
  certificate.signers.includes(core.config.me) && isForgotten(core, certificate)

/** The same, for one that just came: it is the proof of a loss. */
export const checkSignature = (core: Core, certificate: Certificate): void => {
  if (!hasForgotten(core, certificate)) return
  const { kind, view } = certificate
  const detail = `own ${kind} of view ${view} is in a certificate and not in the journal`
  loseVotesNow(core, { code: 'journal_rolled_back', detail })
}

/** What the journal says of amnesia: the last word of its kind, if there is one. */
export const memoryIn = (records: readonly JournalRecord[]): readonly JournalRecord[] => {
  const last = records.findLast(({ type }) => type === 'amnesia' || type === 'refusal')
  return last === undefined ? [] : [last]
}

/** What the machine of the next epoch must know of this one's amnesia. */
export const memoryOf = ({ loss, memory, config }: Core): readonly JournalRecord[] => {
  if (loss !== undefined) return [{ type: 'amnesia', cause: loss.code }]
  if (memory.refusedView === 0) return []
  return [{ type: 'refusal', epoch: config.epoch, view: memory.refusedView }]
}

/**
 * The amnesia that a start finds already begun. One that ended in the epoch before says nothing of this
 * epoch's votes unless that epoch went on after it: its sealing block was proposed above the refusal.
 */
export const lossIn = (
  { records, finalised }: Recovered,
  place: Pick<ReplicaConfig, 'epoch' | 'genesisDigest'> & { readonly fresh: boolean },
): Loss | undefined => {
  const [last] = memoryIn(records)
  if (last?.type === 'amnesia') return { code: last.cause, detail: 'amnesia is not over yet' }
  if (last?.type !== 'refusal' || !place.fresh || last.epoch === place.epoch) return undefined
  const { header, digest } = finalised
  const wentOn =
    last.epoch === place.epoch - 1 &&
    digest === place.genesisDigest &&
    header.epoch === last.epoch &&
    header.view > last.view
  const detail = `votes of epoch ${place.epoch} may have been lost in epoch ${last.epoch}`
  return wentOn ? undefined : { code: 'journal_rolled_back', detail }
}
