import { isSealing } from '#protocol/chain/header.ts'
import { type Checker, isReliable, type Observation } from '../observation.ts'

/**
 * Invariant 12 and its like: evidence names liars and the impaired only, no honest node is held to be
 * at fault by another, a node stops by itself only where it must: when its disk says so, and no rule of
 * the ledger throws or breaks an invariant. Lost votes are no reason to stop: they end in amnesia, which
 * nobody enters without a loss.
 */
export const createHonest = (mayFail: MayFail): Checker => {
  const places = new Map<string, Places>()
  return {
    name: 'honest',
    see: (observation) => {
      if (!observation.who.honest) return undefined
      const { name } = observation.who
      places.set(name, placesAfter(observation, places.get(name)))
      return judge(observation, { mayFail, mayForget: mayForget(observation, places.get(name)) })
    },
  }
}

type Place = { readonly epoch: number; readonly view: number }

/** Up to where a node refuses to vote since its amnesia, and the newest end of an epoch that it knows. */
type Places = { readonly refused?: Place; readonly sealed?: Place }

const placesAfter = (observation: Observation, before: Places = {}): Places => {
  if (observation.type === 'durable') {
    const refused = observation.records.findLast(({ type }) => type === 'refusal')
    return refused?.type === 'refusal' ? { ...before, refused } : before
  }
  if (observation.type !== 'final') return before
  const { header } = observation.block.block
  return isSealing(header) ? { ...before, sealed: header } : before
}

/**
 * Whether it may enter amnesia: it lost something, or a loss that it got over is one of a later epoch
 * again (ADR 17), whose origin was not first proposed above all that is refused.
 */
const mayForget = ({ who }: Observation, { refused, sealed }: Places = {}): boolean => {
  if (!isReliable(who)) return true
  if (refused === undefined || sealed === undefined) return false
  if (sealed.epoch === refused.epoch) return sealed.view <= refused.view
  return sealed.epoch > refused.epoch
}

/** What a disk that lost or changed something, and a key in use twice, may come to. */
const IMPAIRED_STOPS: ReadonlySet<string> = new Set([
  'block_log_corrupt',
  'state_corrupt',
  'key_in_two_places',
])

/** Whether a member of an epoch's set is one of those that may be proven guilty. */
export type MayFail = (member: number, epoch: number) => boolean

const judge = (
  observation: Observation,
  { mayFail, mayForget }: { readonly mayFail: MayFail; readonly mayForget: boolean },
): string | undefined => {
  if (observation.type === 'stopped') {
    const { who, code, detail, excused } = observation
    const allowed = excused || (!isReliable(who) && IMPAIRED_STOPS.has(code))
    return allowed ? undefined : `${code}: ${detail}`
  }
  if (observation.type === 'report' && observation.code === 'consensus_amnesia') {
    return mayForget ? undefined : 'amnesia without a loss'
  }
  if (observation.type === 'report' && observation.code === 'transaction_quarantined') {
    return 'a rule threw, or an invariant broke: a transaction is quarantined'
  }
  if (observation.type === 'evidence' && !mayFail(observation.member, observation.epoch)) {
    return `evidence against honest member ${observation.member}`
  }
  if (observation.type !== 'blamed' || !isReliable(observation.peer)) return undefined
  return `${observation.peer.name} is blamed for ${observation.reason}`
}
