import type { Certificate } from '#protocol/chain/certificate.ts'
import { type Ballot, type BlockBallot, ballotBytes, type Vote } from '#protocol/chain/vote.ts'
import { halt, isExecuted, pathTo } from './chain.ts'
import type { JournalRecord } from './journal-record.ts'
import { hasVoted, type Round } from './round.ts'
import { broadcast, type Core, emit, leads, mayVoteIn, roundAt } from './state.ts'

/**
 * Casts one vote: the only place that signs a ballot. It checks the rules R1–R6 of consensus.md §5
 * once more and stops the node rather than break one; then journals what must be durable before
 * the vote (§10) and the vote itself, and sends it. A leader's notarize vote travels inside its
 * proposal instead. Undefined when the node stopped.
 */
export const castVote = (core: Core, ballot: Ballot): Vote | undefined => {
  const round = roundAt(core, ballot.view)
  const broken = brokenRule(core, round, ballot)
  if (broken !== undefined) {
    halt(core.chain, { code: 'rule_broken', detail: `${broken}, view ${ballot.view}`, proof: [] })
    return undefined
  }
  const signature = core.config.sign(ballotBytes(ballot, core.domain))
  const vote: Vote = { ...ballot, signer: core.config.me, signature }
  persistBefore(core, round, ballot)
  persist(core, { type: 'vote', vote })
  round.mine[ballot.kind] = vote
  core.memory.votedFrom = Math.min(core.memory.votedFrom, ballot.view)
  core.tasks.push({ type: 'vote', vote })
  send(core, vote)
  return vote
}

const send = (core: Core, vote: Vote): void => {
  const inProposal = vote.kind === 'notarize' && leads(core, vote.view)
  if (!inProposal) broadcast(core, { type: 'vote', vote })
  if (vote.kind === 'finalize') emit(core, { type: 'publish', message: { type: 'vote', vote } })
}

/** The rule that this vote would break, or undefined. */
const brokenRule = (core: Core, round: Round, ballot: Ballot): string | undefined => {
  if (!core.voting) return 'R5: the journal is not yet proven complete'
  if (ballot.epoch !== core.config.epoch) return 'R2: another epoch'
  if (!mayVoteIn(core, ballot.view)) return 'R6: at or below the floor'
  if (ballot.kind === 'notarize') return brokenByNotarize(core, round, ballot)
  if (ballot.kind === 'finalize') return brokenByFinalize(core, round, ballot)
  if (ballot.view !== core.view) return 'R3: nullify outside the current view'
  if (round.mine.nullify !== undefined) return 'R1: a second nullify'
  return round.mine.finalize === undefined ? undefined : 'R3: nullify after finalize'
}

const brokenByNotarize = (core: Core, round: Round, ballot: BlockBallot): string | undefined => {
  if (ballot.view !== core.view) return 'R2: notarize outside the current view'
  if (round.mine.notarize !== undefined) return 'R1: a second notarize'
  if (round.mine.nullify !== undefined) return 'R1: notarize after nullify'
  return isExecuted(core.chain, ballot.digest) ? undefined : 'R2: block not executed'
}

const brokenByFinalize = (core: Core, round: Round, ballot: BlockBallot): string | undefined => {
  const { mine, notarization } = round
  if (mine.nullify !== undefined) return 'R3: finalize after nullify'
  if (mine.finalize !== undefined) return 'R4: a second finalize'
  if (notarization?.digest !== ballot.digest) return 'R4: not notarized'
  if (mine.notarize?.kind === 'notarize' && mine.notarize.digest !== ballot.digest) {
    return 'R4: own notarize for another block'
  }
  return isExecuted(core.chain, ballot.digest) ? undefined : 'R4: block not executed'
}

const persist = (core: Core, record: JournalRecord): void => emit(core, { type: 'persist', record })

/** What the table of consensus.md §10 wants on disk together with a vote. */
const persistBefore = (core: Core, round: Round, ballot: Ballot): void => {
  if (core.pendingFloor !== undefined) {
    persist(core, core.pendingFloor)
    core.pendingFloor = undefined
  }
  if (!hasVoted(round) && ballot.view === core.view) persistCertificate(core, core.entry)
  if (ballot.kind === 'nullify') return
  persistBlocks(core, ballot)
  if (ballot.kind === 'finalize') persistCertificate(core, round.notarization ?? null)
}

const persistCertificate = (core: Core, certificate: Certificate | null): void => {
  if (certificate === null || core.journaled.has(certificate)) return
  core.journaled.add(certificate)
  persist(core, { type: 'certificate', certificate })
}

/** The block and every ancestor that is not final, oldest first, unless already written. */
const persistBlocks = (core: Core, ballot: BlockBallot): void => {
  for (const node of pathTo(core.chain, ballot.digest).nodes) {
    if (node.persisted) continue
    node.persisted = true
    const { view, height } = node.header
    persist(core, { type: 'block', view, height, digest: node.digest })
  }
}
