import { STATUS_VOTES_MAX } from '#protocol/chain/chain-limits.ts'
import type { Status } from '#protocol/chain/status.ts'
import { type Vote, verifyVote } from '#protocol/chain/vote.ts'
import { endAmnesia, isForgotten, loseVotesNow, noteForgotten } from './amnesia.ts'
import { onCertificate } from './certificates.ts'
import { reject } from './evidence.ts'
import { help, helpFinal, retryMs } from './help.ts'
import { REPAIR_ITEMS_MAX, RETAIN_VIEWS } from './limits.ts'
import { broadcast, type Core, emit, report } from './state.ts'
import { hasWork } from './work.ts'

/** Tells a peer where we stand and which of its votes we hold; at most once per peer in t_r. */
export const sendStatus = (core: Core, to: number, wantsReply: boolean): void => {
  const peer = core.peers[to]
  const nowMs = core.now.monotonicMs
  if (peer === undefined || nowMs - peer.statusSentAtMs < retryMs(core)) return
  peer.statusSentAtMs = nowMs
  const status = statusFor(core, to, wantsReply)
  emit(core, { type: 'send', to, message: { type: 'status', status } })
}

/** Our status, with what we hold of a member's votes; of a node that is none, nothing. */
export const statusFor = (core: Core, to: number | undefined, wantsReply: boolean): Status => ({
  epoch: core.config.epoch,
  view: core.view,
  finalised: core.durable,
  bestCertificate: core.entry,
  yourLatestVotes: to === undefined ? [] : latestVotesOf(core, to),
  hasWork: hasWork(core),
  wantsReply,
  remembers: core.loss === undefined,
  sentAtMs: core.now.wallMs,
})

/** A connection is new: both sides say where they stand, whatever was said before. */
export const onPeerConnected = (core: Core, index: number): void => {
  const peer = core.peers[index]
  if (peer === undefined) return
  peer.connected = true
  peer.statusSentAtMs = Number.NEGATIVE_INFINITY
  sendStatus(core, index, !core.voting)
}

/** Upon receiving a status: learn its certificate, check our journal by it, help, answer. */
export const onStatus = (core: Core, from: number, status: Status): void => {
  const peer = core.peers[from]
  if (peer === undefined) return
  if (!checkCertificate(core, from, status)) return
  if (!status.yourLatestVotes.every((vote) => checkOwnVote(core, from, vote))) return
  // Who is in amnesia is one of the f: nobody may build on what it says.
  if (status.remembers) peer.statusSeen = true
  beginVoting(core)
  if (status.finalised.view < core.durable.view) helpFinal(core, from)
  else if (status.view < core.view) help(core, from, status.view)
  if (status.wantsReply) sendStatus(core, from, false)
}

/** Others whose statuses a start waits for: q − 1, with us a quorum; all of a quorum in amnesia. */
export const statusesNeeded = ({ loss, quorum }: Core): number =>
  loss === undefined ? quorum - 1 : quorum

export const statusesSeen = ({ peers }: Core): number =>
  peers.filter(({ statusSeen }) => statusSeen).length

/** A start, or amnesia, is over once enough others said where they stand; stored bytes are sent again. */
export const beginVoting = (core: Core): void => {
  if (core.voting) return
  if (statusesSeen(core) < statusesNeeded(core)) return
  if (core.loss !== undefined) endAmnesia(core)
  core.voting = true
  core.armed = false
  report(core, { kind: 'voting' })
  for (const vote of openVotes(core)) broadcast(core, { type: 'vote', vote })
}

/** Own votes above the settled view, the newest 64, oldest first. */
export const openVotes = (core: Core): readonly Vote[] => {
  const votes: Vote[] = []
  for (let view = core.view; view > core.settled.view; view--) {
    if (votes.length >= REPAIR_ITEMS_MAX) break
    const mine = core.rounds.get(view)?.mine
    for (const vote of [mine?.finalize, mine?.nullify, mine?.notarize]) {
      if (vote !== undefined) votes.push(vote)
    }
  }
  return votes.slice(0, REPAIR_ITEMS_MAX).reverse()
}

/** The certificate proves the view that the peer claims. */
const checkCertificate = (core: Core, from: number, status: Status): boolean => {
  const certificate = status.bestCertificate
  if (certificate === null) return status.view === 1
  if (certificate.view + 1 !== status.view) {
    reject(core, from, 'invalid_certificate')
    return false
  }
  return onCertificate(core, certificate, from)
}

/**
 * A vote that we signed and do not remember means that the disk went back in time: voting on could
 * contradict it.
 */
const checkOwnVote = (core: Core, from: number, vote: Vote): boolean => {
  const { me, epoch } = core.config
  if (core.loss !== undefined) noteForgotten(core, vote)
  if (vote.signer !== me || vote.epoch !== epoch || !isForgotten(core, vote)) return true
  if (!verifyVote(vote, core.domain, core.config.verify)) {
    reject(core, from, 'invalid_signature')
    return false
  }
  const detail = `own ${vote.kind} of view ${vote.view} is not in the journal`
  loseVotesNow(core, { code: 'journal_rolled_back', detail })
  return false
}

/** The newest votes of a member that we hold, for it to check its journal by. */
const latestVotesOf = (core: Core, signer: number): readonly Vote[] => {
  const votes: Vote[] = []
  const lowest = Math.max(core.prunedBelow, core.view + 1 - REPAIR_ITEMS_MAX - RETAIN_VIEWS)
  for (let view = core.view + 1; view >= lowest; view--) {
    const boxes = core.rounds.get(view)?.votes
    if (boxes === undefined) continue
    for (const box of [boxes.finalize, boxes.nullify, boxes.notarize]) {
      const slot = box.get(signer)
      if (slot !== undefined) votes.push(slot.vote)
    }
    if (votes.length > STATUS_VOTES_MAX - 3) break
  }
  return votes
}
