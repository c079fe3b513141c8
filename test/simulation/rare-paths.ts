import { FIRST_EPOCH, isEmpty } from '#protocol/chain/header.ts'
import { sameBallot, type Vote } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'
import { refusedPerHourOf } from './circuit.ts'
import type { Observation, ObservationOf } from './observation.ts'
import { createLedgerWatch, LEDGER_MARKS } from './rare-ledger.ts'
import { createSpentRefusals } from './spent-refusals.ts'
import type { Swarm } from './swarm.ts'

/** Views ahead of where anybody is from which on a vote is of the far future. */
const FAR_VIEWS = 40
/** Views without finality after which the back-off has grown a good deal. */
const BACKED_OFF_VIEWS = 6

type Tell = (mark: RareMark) => void

/** Names of what a run is to pass through, in words of the accidents that happened to others. */
export type RareMark = (typeof RARE_MARKS)[number]
export const RARE_MARKS = [
  // Double vote after a restart; own nullify not recovered.
  'a restart amid a view voted in',
  'an own nullify is recovered',
  'an own finalize is recovered',
  'a write is torn',
  // Finalize after a timeout, through the path that sends again.
  'sent again beside an own nullify',
  'a floor in the journal',
  // A journal of an old epoch is replayed.
  'a vote of another epoch',
  // Half the network holds notarization(v), half nullification(v).
  'a view notarized and nullified',
  // Doubling timeouts that reach an hour.
  'a back-off of six views',
  // A stale timer event.
  'an alarm set in an earlier view',
  // Votes of another digest aggregated.
  'votes for two blocks of one view',
  // A verified vote overwritten by an unverified one; evidence that compares signature bytes.
  'one ballot under two signatures',
  // Application state ahead of the consensus store, or behind it.
  'a store behind its journal at a restart',
  // Memory flood by far-future views.
  'a vote of the far future',
  // Catch-up that never ends.
  'final blocks fetched',
  // Idle mode that delays work that is no payment.
  'block time asked',
  // Leader and verifier build on different parents.
  'a block taken back',
  // Automatic wipe on divergence.
  'a node halts rather than fork',
  // Votes from before a disk was lost or put back contradicted by later ones.
  'amnesia entered',
  'amnesia completed',
  'fault during amnesia',
  'an empty block',
  'a full block',
  'a block final by a descendant',
  'certificates asked',
  'a block fetched',
  'transactions fetched',
  // Refused without end, which nobody may even record: it must hold up nobody.
  'a payment expires whose refusals are spent',
  // What is over ends on every node in the same block.
  'a hold is swept',
  ...LEDGER_MARKS,
] as const

/** Watches for what is rare, and tells its name each time. */
export const createRarePaths = (
  swarm: Swarm,
  tell: Tell,
): { readonly see: (observation: Observation) => void } => {
  const votes = createVoteWatch(tell)
  const certificates = createCertificateWatch(tell)
  const blocks = createBlockWatch(swarm, tell)
  const ledger = createLedgerWatch(tell)
  const amnesia = createAmnesiaWatch(tell)
  const refusals = createSpentRefusals(refusedPerHourOf(swarm), () =>
    tell('a payment expires whose refusals are spent'),
  )

  const onAlarm = ({ timer, late, who }: ObservationOf<'alarm'>): void => {
    if (late && VIEW_TIMERS.has(timer)) tell('an alarm set in an earlier view')
    if (timer === 'consensus/standstill' && votes.hasNullified(who.name)) {
      tell('sent again beside an own nullify')
    }
  }

  /** What a node does. */
  const seeDeed = (observation: Observation): void => {
    if (observation.type === 'vote') votes.see(observation)
    if (observation.type === 'certificate') certificates.see(observation)
    if (observation.type === 'sent') onSent(observation, tell)
    if (observation.type === 'durable') onDurable(observation, tell)
    if (observation.type === 'final') {
      blocks.see(observation)
      ledger.see(observation)
    }
    if (observation.type === 'tip' && observation.undone) tell('a block taken back')
  }

  /** What happens to it. */
  const seeState = (observation: Observation): void => {
    if (observation.type === 'alarm') onAlarm(observation)
    amnesia.see(observation)
    if (observation.type === 'torn') tell('a write is torn')
    if (observation.type === 'boot') onBoot(observation, { tell, heightOf: blocks.heightOf })
    if (observation.type === 'stopped' && observation.code === 'conflicting_certificates') {
      tell('a node halts rather than fork')
    }
    if (observation.type !== 'standing') return
    votes.onView(observation)
    const behind = observation.view - observation.held.settledView
    if (behind > BACKED_OFF_VIEWS) tell('a back-off of six views')
  }

  return {
    see: (observation) => {
      seeDeed(observation)
      refusals.see(observation)
      seeState(observation)
    },
  }
}

/** Alarms that mean something in one view only. */
const VIEW_TIMERS: ReadonlySet<string> = new Set(
  ['leader', 'advance', 'retry', 'tip', 'pace'].map((name) => `consensus/${name}`),
)

const createVoteWatch = (tell: Tell) => {
  const first = new Map<string, Vote>()
  /** Views that nodes ended and have not left. */
  const nullified = new Map<string, number>()
  const digests = new Map<number, Hash>()
  let highest = 0

  const compare = (vote: Vote): void => {
    const key = `${vote.signer} ${vote.kind} ${vote.view}`
    const before = first.get(key)
    first.set(key, before ?? vote)
    if (before !== undefined && sameBallot(before, vote) && !sameBytes(before, vote)) {
      tell('one ballot under two signatures')
    }
    if (vote.kind !== 'notarize') return
    const digest = digests.get(vote.view)
    digests.set(vote.view, digest ?? vote.digest)
    if (digest !== undefined && digest !== vote.digest) tell('votes for two blocks of one view')
  }

  return {
    see: ({ vote, who }: ObservationOf<'vote'>): void => {
      if (vote.epoch !== FIRST_EPOCH) tell('a vote of another epoch')
      if (vote.view > highest + FAR_VIEWS) tell('a vote of the far future')
      if (vote.kind === 'nullify') nullified.set(who.name, vote.view)
      compare(vote)
    },
    onView: ({ view, who }: ObservationOf<'standing'>): void => {
      highest = Math.max(highest, view)
      if ((nullified.get(who.name) ?? view) < view) nullified.delete(who.name)
    },
    hasNullified: (name: string): boolean => nullified.has(name),
  }
}

const sameBytes = (a: Vote, b: Vote): boolean => Buffer.compare(a.signature, b.signature) === 0

const createCertificateWatch = (tell: Tell) => {
  const kinds = new Map<number, Set<string>>()
  return {
    see: ({ certificate }: ObservationOf<'certificate'>): void => {
      const { kind, view } = certificate
      const known = kinds.get(view) ?? new Set()
      kinds.set(view, known)
      if (known.has(kind)) return
      known.add(kind)
      if (known.has('notarize') && known.has('nullify')) tell('a view notarized and nullified')
    },
  }
}

const createBlockWatch = (swarm: Swarm, tell: Tell) => {
  const heights = new Map<number, number>()
  return {
    see: ({ block, certificate }: ObservationOf<'final'>): void => {
      if (sweeps(block)) tell('a hold is swept')
      const { header, digest } = block.block
      heights.set(header.view, header.height)
      if (isEmpty(header)) tell('an empty block')
      if (header.transactionCount === swarm.blockTransactionsMax) tell('a full block')
      if (certificate.digest !== digest) tell('a block final by a descendant')
    },
    heightOf: (view: number): number => heights.get(view) ?? 0,
  }
}

/** A hold's slot is free again, and no settlement freed it. */
const sweeps = ({ writes, events }: ObservationOf<'final'>['block']): boolean =>
  writes.some(({ family, text }) => family === 'hold' && !text.startsWith('{')) &&
  !events.some(({ kind }) => SETTLING.has(kind))

const SETTLING: ReadonlySet<string> = new Set(['payout.settle', 'clearing.settle'])

const ENDINGS: ReadonlySet<string> = new Set(['killed', 'powerLost', 'diskFailed'])

const createAmnesiaWatch = (tell: Tell) => {
  const inside = new Set<string>()
  return {
    see: (observation: Observation): void => {
      const { type, who } = observation
      if (ENDINGS.has(type) && inside.delete(who.name)) tell('fault during amnesia')
      if (type !== 'report') return
      if (observation.code === 'consensus_amnesia') {
        inside.add(who.name)
        tell('amnesia entered')
      }
      if (observation.code === 'consensus_amnesiaOver' && inside.delete(who.name)) {
        tell('amnesia completed')
      }
    },
  }
}

const onBoot = (
  { records, height }: ObservationOf<'boot'>,
  { tell, heightOf }: { readonly tell: Tell; readonly heightOf: (view: number) => number },
): void => {
  const certificates = records.flatMap((record) =>
    record.type === 'certificate' ? [record.certificate] : [],
  )
  const ended = Math.max(0, ...certificates.map(({ view }) => view))
  const votes = records.flatMap((record) => (record.type === 'vote' ? [record.vote] : []))
  if (votes.some(({ view }) => view > ended)) tell('a restart amid a view voted in')
  if (votes.some(({ kind, view }) => kind === 'nullify' && view > ended)) {
    tell('an own nullify is recovered')
  }
  if (votes.some(({ kind, view }) => kind === 'finalize' && view >= ended)) {
    tell('an own finalize is recovered')
  }
  if (votes.some(({ kind, view }) => kind === 'finalize' && heightOf(view) > height)) {
    tell('a store behind its journal at a restart')
  }
}

const onDurable = ({ records }: ObservationOf<'durable'>, tell: Tell): void => {
  if (records.some(({ type }) => type === 'floor')) tell('a floor in the journal')
}

const SENT: Readonly<Record<string, RareMark>> = {
  segments: 'final blocks fetched',
  blockTimeAsked: 'block time asked',
  certificateRequest: 'certificates asked',
  block: 'a block fetched',
  transactions: 'transactions fetched',
}

const onSent = ({ kind }: ObservationOf<'sent'>, tell: Tell): void => {
  const mark = SENT[kind]
  if (mark !== undefined) tell(mark)
}
