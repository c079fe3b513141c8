import type { JournalRecord } from '#consensus/journal-record.ts'
import { encodeVote, type Vote } from '#protocol/chain/vote.ts'
import type { Checker, Observation, ObservationOf } from '../observation.ts'

/** What the disk of one node says of votes that are lost. */
type Memory = {
  /** It began without a journal, on a store of this height, and has not got over that. */
  without: number | undefined
  /** That votes are lost was written down, and not yet where they can be. */
  declared: boolean
  /** What it ever wrote that it refuses: a new segment of the journal repeats the last. */
  readonly refused: Set<string>
  /** Who of those that remember told it since its start where they stand, by epoch. */
  readonly told: Map<number, Set<string>>
  /** Votes that its last start found in its journal. */
  found: ReadonlySet<string>
}

/** Of an epoch: the height from which it grows, and the quorum of its set. */
type Epoch = { readonly originHeight: number; readonly quorum: number }

/**
 * Consensus.md §10: a member that starts without its journal, on a store with blocks of an epoch, may
 * have voted in it, and votes there only once it has gone through amnesia. Of the impaired too: their votes
 * are not vouched for, that they notice what they lost is. That there was a loss is on disk before what it
 * ended with: a process that dies in between would go on as if nothing were lost. It ends by the word of a
 * quorum of others that remember, no less. And after any start nobody votes anew in an epoch before all
 * but one of a quorum said where they stand in it.
 */
export const createLosses = (epochOf: (epoch: number) => Epoch | undefined): Checker => {
  const nodes = new Map<string, Memory>()

  const memoryOf = ({ who }: Observation): Memory => {
    const known = nodes.get(who.name)
    if (known !== undefined) return known
    const made = {
      without: undefined,
      declared: false,
      refused: new Set<string>(),
      told: new Map(),
      found: new Set<string>(),
    }
    nodes.set(who.name, made)
    return made
  }

  const onBoot = (memory: Memory, { records, height }: ObservationOf<'boot'>): void => {
    const last = lastWord(records)
    const hasBegun = last?.type === 'refusal' || records.some(({ type }) => type === 'vote')
    if (isGone(records)) memory.without = height
    else if (hasBegun) memory.without = undefined
    memory.declared = last?.type === 'amnesia'
    memory.told.clear()
    // Nothing before an amnesia counts.
    const counted = records.slice(records.findLastIndex(({ type }) => type === 'amnesia') + 1)
    memory.found = new Set(
      counted.flatMap((record) => (record.type === 'vote' ? [bytesOf(record.vote)] : [])),
    )
    for (const record of records) if (record.type === 'refusal') memory.refused.add(keyOf(record))
  }

  const onDurable = (memory: Memory, record: JournalRecord): string | undefined => {
    if (record.type === 'amnesia') memory.declared = true
    if (record.type !== 'refusal') return undefined
    const isSound = memory.declared || memory.refused.has(keyOf(record))
    memory.refused.add(keyOf(record))
    memory.declared = false
    memory.without = undefined
    return isSound ? undefined : `amnesia ends at view ${record.view}, its begin is not on disk`
  }

  const onVote = (
    { without, told, found }: Memory,
    { vote }: ObservationOf<'vote'>,
  ): string | undefined => {
    const begun = epochOf(vote.epoch)
    if (begun === undefined) return undefined
    const votes = `votes in view ${vote.view} of epoch ${vote.epoch}`
    if (without !== undefined && without > begun.originHeight) {
      return `${votes}, began at height ${without} without a journal`
    }
    if (found.has(bytesOf(vote))) return undefined
    const heard = told.get(vote.epoch)?.size ?? 0
    return heard < begun.quorum - 1 ? `${votes}, and ${heard} said where they stand` : undefined
  }

  const onTold = ({ told }: Memory, { from, epoch, remembers }: ObservationOf<'told'>): void => {
    if (remembers) told.set(epoch, (told.get(epoch) ?? new Set()).add(from))
  }

  const onOver = ({ told }: Memory): string | undefined => {
    const enough = [...told].some(
      ([epoch, { size }]) => size >= (epochOf(epoch)?.quorum ?? Infinity),
    )
    return enough ? undefined : 'amnesia ends, too few said where they stand'
  }

  const onWritten = (
    memory: Memory,
    { who, records }: ObservationOf<'durable'>,
  ): string | undefined => {
    const wrong = records.flatMap((record) => onDurable(memory, record) ?? [])
    // The disk of a double begins as a copy, whose newest write its start repeats.
    return who.harm === 'key' ? undefined : wrong[0]
  }

  const judge = (memory: Memory, observation: Observation): string | undefined => {
    if (observation.type === 'durable') return onWritten(memory, observation)
    if (observation.type === 'vote') return onVote(memory, observation)
    const over = observation.type === 'report' && observation.code === 'consensus_amnesiaOver'
    return over ? onOver(memory) : undefined
  }

  return {
    name: 'losses',
    see: (observation) => {
      if (!observation.who.honest) return undefined
      const memory = memoryOf(observation)
      if (observation.type === 'boot') onBoot(memory, observation)
      if (observation.type === 'told') onTold(memory, observation)
      return judge(memory, observation)
    },
  }
}

const keyOf = ({ epoch, view }: Extract<JournalRecord, { readonly type: 'refusal' }>): string =>
  `${epoch}/${view}`

const bytesOf = (vote: Vote): string => Buffer.from(encodeVote(vote)).toString('hex')

const lastWord = (records: readonly JournalRecord[]): JournalRecord | undefined =>
  records.findLast(({ type }) => type === 'amnesia' || type === 'refusal')

/** Nothing is in it, or that it was lost is the last thing said of that. */
const isGone = (records: readonly JournalRecord[]): boolean =>
  records.length === 0 || lastWord(records)?.type === 'amnesia'
