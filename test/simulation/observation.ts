import type { JournalRecord } from '#consensus/journal-record.ts'
import type { PeerName } from '#node/network/network-port.ts'
import type { OutboxEnd, OutboxEntry } from '#node/outbox/outbox.ts'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import type { Certificate, Finalization } from '#protocol/chain/certificate.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Harm } from './harm.ts'

/**
 * Who did something, and whether it plays by the rules. Who may vote has its number as index; that of a
 * member of the first set is its place in it.
 */
export type Who = {
  readonly name: string
  readonly index?: number
  /** Whether its code is the real one, whatever became of its disk. */
  readonly honest: boolean
  /** Its disk lost or changed what it had kept, or another process has its key. */
  readonly impaired: boolean
  /** What it once lost, also after it got over that: what it said meanwhile may be held against it. */
  readonly harm?: Harm
}

/** Whether every promise of a node holds here: its code is the real one, and its disk whole. */
export const isReliable = ({ honest, impaired }: Who): boolean => honest && !impaired

/** What a node has in memory. */
export type Held = {
  readonly settledView: number
  readonly rounds: number
  readonly blocks: number
  /** Blocks that are executed and not final. */
  readonly open: number
  /** Transactions that wait for a block. */
  readonly waiting: number
}

/** What a watcher who sees everything notices; the checkers judge it. */
export type Observation = { readonly who: Who; readonly atMs: number } & (
  | { readonly type: 'boot'; readonly records: readonly JournalRecord[]; readonly height: number }
  /** Something leaves the node: what, and how long it is. */
  | {
      readonly type: 'sent'
      /** Peer or topic; what is said to several at once shows to the first. */
      readonly to: string
      readonly kind: string
      readonly length: number
    }
  /** A vote of its own leaves the node, alone or inside a proposal. */
  | { readonly type: 'vote'; readonly vote: Vote; readonly inProposal: boolean }
  /** The node shows that it holds this certificate. */
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  /** The node says, in a status or a beacon, that it holds final blocks up to here. */
  | { readonly type: 'claim'; readonly height: number }
  /** A peer tells it, in a status, where it stands in an epoch; whether that peer knows its own votes. */
  | {
      readonly type: 'told'
      readonly from: PeerName
      readonly epoch: number
      readonly remembers: boolean
    }
  /** These bytes survive a loss of power from now on. */
  | {
      readonly type: 'durable'
      readonly records: readonly JournalRecord[]
      readonly blocks: readonly Hash[]
    }
  /** Where it stands, and how much it holds there. */
  | {
      readonly type: 'standing'
      readonly epoch: number
      readonly view: number
      readonly height: number
      readonly held: Held
    }
  /** The ledger in memory is at another block: its root, and the root that the block's header says. */
  | {
      readonly type: 'tip'
      readonly height: number
      readonly digest: Hash
      readonly root: Hash
      readonly claimed: Hash
      /** It came there by taking blocks back. */
      readonly undone: boolean
      /** Every record, as text. */
      readonly records: () => string
    }
  /** An alarm goes off; late when the node has left the view in which it was set. */
  | { readonly type: 'alarm'; readonly timer: string; readonly late: boolean }
  /** Something that a node tells its operator. */
  | { readonly type: 'report'; readonly code: string }
  /** A loss of power left half of a write. */
  | { readonly type: 'torn' }
  | { readonly type: 'final'; readonly block: FinalBlock; readonly certificate: Finalization }
  /** The store holds the chain up to here. */
  | { readonly type: 'stored'; readonly height: number }
  /** Whoever submitted is told how it ended. */
  | { readonly type: 'answer'; readonly entry: OutboxEntry; readonly end: OutboxEnd }
  /** An act of its disk has failed, and it is about to be told. */
  | { readonly type: 'diskFailed' }
  /** It has another disk, with nothing on it: what it promised is gone with the one it had. */
  | { readonly type: 'renewed' }
  /** The process ended in the midst of its work. */
  | { readonly type: 'powerLost' | 'killed' }
  | { readonly type: 'evidence'; readonly epoch: number; readonly member: number }
  /** The node holds a peer to be at fault. */
  | { readonly type: 'blamed'; readonly peer: Who; readonly reason: string }
  /** The process ended itself; excused when its disk failed at that moment, or it lacks the rules to come. */
  | {
      readonly type: 'stopped'
      readonly code: string
      readonly detail: string
      readonly excused: boolean
    }
)

export type ObservationOf<T extends Observation['type']> = Extract<Observation, { type: T }>

/** Judges what it is shown; the text says what does not hold. */
export type Checker = {
  readonly name: string
  readonly see: (observation: Observation) => string | undefined
}

/** The first thing that a checker found wrong. */
export class Violation extends Error {
  readonly checker: string

  constructor(checker: string, message: string) {
    super(message)
    this.name = 'Violation'
    this.checker = checker
  }
}
