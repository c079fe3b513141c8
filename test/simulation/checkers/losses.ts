import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Checker } from '../observation.ts'

/**
 * Consensus.md §10: a member that starts without its journal, on a store with blocks of an epoch, may
 * have voted in it, and votes there only once it has gone through amnesia. Of the impaired too: their votes
 * are not vouched for, that they notice what they lost is.
 */
export const createLosses = (originHeightOf: (epoch: number) => number | undefined): Checker => {
  /** Of nodes that began without a journal: how high their store was. */
  const without = new Map<string, number>()
  return {
    name: 'losses',
    see: (observation) => {
      const { who } = observation
      if (!who.honest) return undefined
      if (observation.type === 'boot') {
        if (isGone(observation.records)) without.set(who.name, observation.height)
        else without.delete(who.name)
      }
      if (observation.type === 'report' && observation.code === 'consensus_amnesia') {
        without.delete(who.name)
      }
      if (observation.type !== 'vote') return undefined
      const height = without.get(who.name)
      const { epoch, view } = observation.vote
      const origin = originHeightOf(epoch)
      return height === undefined || origin === undefined || height <= origin
        ? undefined
        : `votes in view ${view} of epoch ${epoch}, began at height ${height} without a journal`
    },
  }
}

/** Nothing is in it, or that it was lost is the last thing said of that. */
const isGone = (records: readonly JournalRecord[]): boolean =>
  records.length === 0 ||
  records.findLast(({ type }) => type === 'amnesia' || type === 'refusal')?.type === 'amnesia'
