import { type Checker, isReliable, type Observation, type ObservationOf } from '../observation.ts'

/**
 * Invariant 12 and its like: evidence names liars and the impaired only, no honest node is held to be
 * at fault by another, a node stops by itself only where it must: when its disk says so, and no rule of
 * the ledger throws or breaks an invariant. Lost votes are no reason to stop: they end in amnesia, which
 * nobody enters without a loss.
 */
export const createHonest = (mayFail: MayFail): Checker => ({
  name: 'honest',
  see: (observation) => (observation.who.honest ? judge(observation, mayFail) : undefined),
})

/** What a disk that lost or changed something, and a key in use twice, may come to. */
const IMPAIRED_STOPS: ReadonlySet<string> = new Set([
  'block_log_corrupt',
  'state_corrupt',
  'key_in_two_places',
])

/** Whether a member of an epoch's set is one of those that may be proven guilty. */
export type MayFail = (member: number, epoch: number) => boolean

const judge = (observation: Observation, mayFail: MayFail): string | undefined => {
  if (observation.type === 'stopped') {
    const { who, code, detail, excused } = observation
    const allowed = excused || (!isReliable(who) && IMPAIRED_STOPS.has(code))
    return allowed ? undefined : `${code}: ${detail}`
  }
  if (observation.type === 'report') return judgeReport(observation)
  if (observation.type === 'evidence' && !mayFail(observation.member, observation.epoch)) {
    return `evidence against honest member ${observation.member}`
  }
  if (observation.type !== 'blamed' || !isReliable(observation.peer)) return undefined
  return `${observation.peer.name} is blamed for ${observation.reason}`
}

const judgeReport = ({ code, who }: ObservationOf<'report'>): string | undefined => {
  if (code === 'transaction_quarantined') {
    return 'a rule threw, or an invariant broke: a transaction is quarantined'
  }
  // Who lost votes once may have to begin the next epoch so too.
  const lost = who.impaired || who.harm !== undefined
  return code === 'consensus_amnesia' && !lost ? 'amnesia without a loss' : undefined
}
