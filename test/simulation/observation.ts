import type { JournalRecord } from '#consensus/journal-record.ts'
import type { OutboxEnd, OutboxEntry } from '#node/outbox/outbox.ts'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import type { Certificate, Finalization } from '#protocol/chain/certificate.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'

/** Who did something, and whether it plays by the rules. Followers have no index. */
export type Who = {
  readonly name: string
  readonly index?: number
  readonly honest: boolean
}

/** What a watcher who sees everything notices; the checkers judge it. */
export type Observation = { readonly who: Who; readonly atMs: number } & (
  | { readonly type: 'boot'; readonly records: readonly JournalRecord[]; readonly height: number }
  /** A vote of its own leaves the node, alone or inside a proposal. */
  | { readonly type: 'vote'; readonly vote: Vote; readonly inProposal: boolean }
  /** The node shows that it holds this certificate. */
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  /** These bytes survive a loss of power from now on. */
  | {
      readonly type: 'durable'
      readonly records: readonly JournalRecord[]
      readonly blocks: readonly Hash[]
    }
  | { readonly type: 'standing'; readonly view: number; readonly height: number }
  | { readonly type: 'final'; readonly block: FinalBlock; readonly certificate: Finalization }
  /** The store holds the chain up to here. */
  | { readonly type: 'stored'; readonly height: number }
  /** Whoever submitted is told how it ended. */
  | { readonly type: 'answer'; readonly entry: OutboxEntry; readonly end: OutboxEnd }
  /** The process ended in the midst of its work. */
  | { readonly type: 'powerLost' | 'killed' }
  | { readonly type: 'evidence'; readonly member: number }
  | { readonly type: 'stopped'; readonly code: string; readonly detail: string }
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
