import type { Report } from '#consensus/effect.ts'
import type { Event } from '#consensus/event.ts'
import type { Follower } from '#consensus/follower.ts'
import type { FollowerEvent } from '#consensus/follower-event.ts'
import type { Replica } from '#consensus/replica.ts'
import type { ReplicaConfig } from '#consensus/replica-config.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import type { NextEpoch } from '#protocol/chain/epoch.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Held, Machine } from './harness-parts.ts'

/** Who votes from an epoch on, by their names. */
export type Change = {
  readonly epoch: number
  readonly members: readonly string[]
  readonly version?: number
}

/** A node by its name: a replica in the epochs of which it is a member, a follower in the others. */
export type EpochNode = Machine & {
  readonly name: string
  /** Every epoch it was seated in, also again after a restart. */
  readonly epochs: number[]
  /** Every vote it wrote. */
  readonly votes: Vote[]
  readonly reports: Report[]
  machine:
    | ({ readonly kind: 'replica' } & Replica)
    | { readonly kind: 'follower'; readonly step: Follower['step'] }
    | undefined
  config: ReplicaConfig | undefined
}

/** What a driver does about transactions. */
export type Work = {
  /** Transactions in no block up to `parent`. */
  readonly waiting: (node: EpochNode, parent: Hash) => readonly Hash[]
  readonly tell: (node: EpochNode) => void
}

/** What a block brings about: the first change in it that is for the epoch after its own. */
export const nextOf = (
  { header, hashes }: Held,
  changes: ReadonlyMap<Hash, Change>,
  setOf: (names: readonly string[]) => AuthoritySet,
): NextEpoch | undefined => {
  const found = hashes
    .flatMap((hash) => changes.get(hash) ?? [])
    .find(({ epoch }) => epoch === header.epoch + 1)
  if (found === undefined) return undefined
  const { epoch, members, version = header.version } = found
  return { epoch, set: setOf(members), version }
}

/** What a follower hears of what an authority says to all. */
export const messageEvent = (
  message: ConsensusMessage,
  source: string,
): FollowerEvent | undefined => {
  if (message.type === 'vote') return { type: 'vote', source, vote: message.vote }
  if (message.type === 'beacon') return { type: 'beacon', source, beacon: message.beacon }
  return message.type === 'certificate'
    ? { type: 'certificate', source, certificate: message.certificate }
    : undefined
}

export const finalBlocks = ({ disk }: EpochNode): readonly Held[] =>
  disk.store.flatMap(({ blocks }) => blocks)

type Anything = Event | FollowerEvent
type Heard = Exclude<FollowerEvent, Event>

/** What only a follower takes. */
export const isHeard = (event: Anything): event is Heard => 'source' in event

/** What only a replica takes. */
export const isSpoken = (event: Anything): event is Exclude<Event, FollowerEvent> =>
  SPOKEN.has(event.type)

const SPOKEN: ReadonlySet<Anything['type']> = new Set<Event['type']>([
  'message',
  'peerDisconnected',
  'followerConnected',
  'built',
  'notBuilt',
  'appCommitted',
  'work',
])
