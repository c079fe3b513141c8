import type { Vote } from '#protocol/chain/vote.ts'
import { recordVote, verifiedAlike } from './ballot-box.ts'
import { reject } from './evidence.ts'
import { help } from './help.ts'
import { type Core, leaderAt, roundAt } from './state.ts'
import { sendStatus } from './status-exchange.ts'
import { nullifyView } from './view-timers.ts'

/** Upon receiving a vote from the member it claims to be of. */
export const onVote = (core: Core, vote: Vote, from: number): void => {
  if (vote.signer !== from) {
    reject(core, from, 'not_own_vote')
    return
  }
  if (vote.view > core.view + 1) {
    sendStatus(core, from, true)
    return
  }
  if (vote.kind === 'nullify' && vote.view < core.view) help(core, from, vote.view)
  if (vote.view <= core.floorView || vote.view <= core.prunedBelow) return
  recordVote(core, roundAt(core, vote.view), { vote, verified: false })
  if (vote.kind === 'nullify' && vote.view === core.view) onNullify(core, vote)
}

/** A vote of ours that was just cast: it needs no check. */
export const onOwnVote = (core: Core, vote: Vote): void =>
  recordVote(core, roundAt(core, vote.view), { vote, verified: true })

/**
 * A leader that nullifies its own view will not propose in it; and more nullifies than there can be
 * faults mean that an honest member has work. Both need verified signatures.
 */
const onNullify = (core: Core, vote: Vote): void => {
  const round = roundAt(core, vote.view)
  const fromLeader = vote.signer === leaderAt(core, vote.view)
  if (!fromLeader && round.votes.nullify.size <= core.faults) return
  verifiedAlike(core, round, vote)
  if (fromLeader && round.votes.nullify.has(vote.signer)) nullifyView(core)
}
