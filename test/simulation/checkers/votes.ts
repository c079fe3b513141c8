import type { JournalRecord } from '#consensus/journal-record.ts'
import { FIRST_EPOCH } from '#protocol/chain/header.ts'
import { type BlockBallot, encodeVote, type Vote, type VoteKind } from '#protocol/chain/vote.ts'
import { type Checker, isReliable, type ObservationOf, type Who } from '../observation.ts'
import { createKeptBlocks, type KeptBlocks } from './kept-blocks.ts'

/** What one node has on disk of one epoch, and what it has said in it, over all its lives. */
type Record = {
  readonly durable: Set<string>
  readonly notarized: Set<string>
  /** Bytes of the votes said, by view and kind. */
  readonly said: Map<string, string>
  readonly saidKinds: Map<number, Set<VoteKind>>
  certificateView: number
  floorView: number
  /** The highest view in which it said anything before its amnesia ended. */
  lostView: number
  highestView: number
}

/**
 * Invariant 7: an honest vote is on its disk before it is said, with all that must be there beside
 * it; a node votes once a view and kind, never for two things that exclude each other, never at or
 * below its floor, and says the same bytes after a restart. One that lost votes is held to this again
 * from the end of its amnesia on, and to no vote where it may have said another before: that end refuses
 * every view in which it did. What a start finds on its disk and writes again ends nothing.
 */
export const createVotes = (): Checker => {
  /** By node, then by epoch. */
  const records = new Map<string, Map<number, Record>>()
  /** Who is down, or reads its disk. */
  const away = new Set<string>()
  /** What nodes refused, by name, epoch and view: a start writes its newest words again. */
  const refused = new Set<string>()
  const kept = createKeptBlocks()

  const recordOf = ({ name }: Who, epoch: number): Record => {
    const ofNode = records.get(name) ?? new Map<number, Record>()
    records.set(name, ofNode)
    const known = ofNode.get(epoch) ?? createRecord()
    ofNode.set(epoch, known)
    return known
  }

  const forgetAll = ({ name }: Who): void => {
    for (const record of records.get(name)?.values() ?? []) forget(record)
  }

  const onDurable = ({ who, records: written }: ObservationOf<'durable'>): string | undefined => {
    for (const each of written) {
      const record = recordOf(who, epochOf(each))
      if (each.type === 'amnesia') forgetAll(who)
      else addDurable(record, each)
      if (each.type !== 'refusal') continue
      const word = `${who.name} ${each.epoch} ${each.view}`
      const isRepeated = away.has(who.name) && refused.has(word)
      refused.add(word)
      // The votes of a key that is in use twice are not all its own.
      if (isRepeated || who.harm === 'key' || each.view >= record.lostView) continue
      return `amnesia ends at view ${each.view}, and it voted up to ${record.lostView} before`
    }
    return undefined
  }

  const onVote = (observation: ObservationOf<'vote'>): string | undefined => {
    const { vote, who } = observation
    const record = recordOf(who, vote.epoch)
    if (!isReliable(who)) {
      record.highestView = Math.max(record.highestView, vote.view)
      record.lostView = record.highestView
      return undefined
    }
    const bytes = hex(encodeVote(vote))
    const key = `${vote.kind} ${vote.view}`
    const before = record.said.get(key)
    if (before === bytes) return undefined
    if (before !== undefined) return `a second ${key}`
    record.said.set(key, bytes)
    record.highestView = Math.max(record.highestView, vote.view)
    if (vote.view <= record.lostView) return `${key}, and it voted up to ${record.lostView} before`
    return (
      notDurable(record, vote, bytes) ?? withoutBlocks(kept, who, vote) ?? forbidden(record, vote)
    )
  }

  return {
    name: 'votes',
    see: (observation) => {
      if (!observation.who.honest) return undefined
      if (ENDS.has(observation.type)) away.add(observation.who.name)
      if (observation.type === 'boot') away.delete(observation.who.name)
      if (observation.type === 'boot' && observation.who.impaired) forgetAll(observation.who)
      kept.note(observation)
      if (observation.type === 'durable') return onDurable(observation)
      return observation.type === 'vote' ? onVote(observation) : undefined
    },
  }
}

/** What was on its disk may be gone; what it said may be held against it. */
const forget = (record: Record): void => {
  record.lostView = record.highestView
  record.durable.clear()
  record.notarized.clear()
  record.said.clear()
  record.saidKinds.clear()
  record.certificateView = 0
  record.floorView = 0
}

const createRecord = (): Record => ({
  durable: new Set(),
  notarized: new Set(),
  said: new Map(),
  saidKinds: new Map(),
  certificateView: 0,
  floorView: 0,
  lostView: 0,
  highestView: 0,
})

/** What a process ends with. */
const ENDS: ReadonlySet<string> = new Set(['killed', 'powerLost', 'stopped'])

const epochOf = (entry: JournalRecord): number => {
  if (entry.type === 'vote') return entry.vote.epoch
  if (entry.type === 'certificate') return entry.certificate.epoch
  return 'epoch' in entry ? entry.epoch : FIRST_EPOCH
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const addDurable = (record: Record, entry: JournalRecord): void => {
  if (entry.type === 'vote') record.durable.add(hex(encodeVote(entry.vote)))
  if (entry.type === 'floor' || entry.type === 'refusal')
    record.floorView = Math.max(record.floorView, entry.view)
  if (entry.type !== 'certificate') return
  const { certificate } = entry
  record.certificateView = Math.max(record.certificateView, certificate.view)
  if (certificate.kind === 'notarize') record.notarized.add(notarizationKey(certificate))
}

const notarizationKey = ({ view, digest }: Pick<BlockBallot, 'view' | 'digest'>): string =>
  `${view} ${digest}`

const notDurable = (record: Record, vote: Vote, bytes: string): string | undefined => {
  const name = `${vote.kind} of view ${vote.view}`
  if (!record.durable.has(bytes)) return `${name} is not on disk`
  if (record.certificateView < vote.view - 1) return `${name} without its entry certificate on disk`
  return vote.kind === 'finalize' && !record.notarized.has(notarizationKey(vote))
    ? `${name} without its notarization on disk`
    : undefined
}

const withoutBlocks = (kept: KeptBlocks, { name }: Who, vote: Vote): string | undefined => {
  if (vote.kind === 'nullify') return undefined
  const said = `${vote.kind} of view ${vote.view}`
  if (!kept.has(name, vote.digest)) return `${said} without its block on disk`
  if (vote.kind === 'notarize') return undefined
  const missing = kept.missingBelow(name, vote.digest)
  return missing === undefined
    ? undefined
    : `${said} without any block of height ${missing} on disk`
}

const forbidden = (record: Record, vote: Vote): string | undefined => {
  const kinds = record.saidKinds.get(vote.view) ?? new Set()
  record.saidKinds.set(vote.view, kinds)
  if (vote.view <= record.floorView) return `${vote.kind} of view ${vote.view} below the floor`
  const bad =
    (vote.kind === 'nullify' && kinds.has('finalize')) ||
    (vote.kind !== 'nullify' && kinds.has('nullify'))
  kinds.add(vote.kind)
  return bad ? `${vote.kind} of view ${vote.view} beside ${[...kinds].join()}` : undefined
}
