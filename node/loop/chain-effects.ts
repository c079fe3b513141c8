import { bytesToHex } from '@noble/hashes/utils.js'
import type { Effect, FetchEffect, Report, VerifyEffect } from '#consensus/effect.ts'
import type { EpochEnd } from '#consensus/epoch-end.ts'
import type { Event, VerifyFailure } from '#consensus/event.ts'
import type { FollowerEffect } from '#consensus/follower-event.ts'
import type { JournalRecord } from '#consensus/journal-record.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import { encodeCertificate, type Finalization } from '#protocol/chain/certificate.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import { encodeVote } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'
import type { NetworkPort } from '../network/network-port.ts'
import type { Bodies, BodyResult } from '../pipeline/bodies.ts'
import type { Executor, FinalBlock, Verdict } from '../pipeline/executor.ts'
import type { Ingress } from '../pipeline/ingress.ts'
import { type CatchUp, createCatchUp } from '../sync/catch-up.ts'
import type { Fetcher } from '../sync/fetcher.ts'
import { checkFetched } from '../sync/hold-fetched.ts'
import { encodeLinkMessage } from './link-message.ts'
import type { Clock, Reporter, ReportFacts, Timers } from './ports.ts'

/** Answers to effects, and timers: the events that an authority and a follower share. */
export type ChainEvent = Extract<
  Event,
  { type: 'timer' | 'verified' | 'fetchedBlock' | 'fetchedSegments' | 'fetchFailed' }
>

export type ChainParts = {
  readonly epoch: number
  readonly set: AuthoritySet
  readonly clock: Clock
  readonly timers: Timers
  readonly network: NetworkPort
  readonly executor: Executor
  readonly ingress: Ingress
  readonly bodies: Bodies
  readonly fetcher: Fetcher
  /** Whether a quorum of the set signed a finalization. */
  readonly isFinal: (certificate: Finalization) => boolean
  readonly report: Reporter
  /** Final blocks in order: to the store, then to whoever waits. `stored` once they are durable. */
  readonly onFinal: (
    blocks: readonly FinalBlock[],
    certificate: Finalization,
    stored: () => void,
  ) => void
  /**
   * The epoch is over and the store holds its end; this loop is to do nothing more. `memory`: what an
   * authority knows of votes that it lost.
   */
  readonly onEpochEnd: (end: EpochEnd, memory?: readonly JournalRecord[]) => void
  readonly onFatal: (code: string, detail: string) => void
}

/**
 * Final blocks that the store has not acknowledged, from which on a node neither fetches further ones
 * nor hears what would make more of them final. A disk that lags slows the node down: what is in
 * flight then, a segment at most, still fits into the store's queue, which is four times as long.
 */
export const UNCOMMITTED_BLOCKS_MAX = 256
/** The same in bytes of their transactions: half of what may wait for the disk in all. */
export const UNCOMMITTED_BYTES_MAX = 32 * 1_048_576

/** Transactions, and blocks, of fetched runs that are executed in one turn of the loop: some milliseconds. */
export const EXECUTED_PER_TURN_MAX = 128

/** Runs those effects that an authority and a follower share. */
export class ChainEffects {
  readonly #parts: ChainParts
  readonly #answer: (event: ChainEvent) => void
  /** The fetch of a block that is under way, by digest: what was abandoned is not in here. */
  readonly #fetching = new Map<Hash, symbol>()
  readonly #catchUp: CatchUp
  /** Height up to which blocks came in fetched runs. */
  #fetchedTo = 0
  /** Such blocks and their transactions that were executed in this turn of the loop. */
  #executedInTurn = 0
  #uncommitted = 0
  #uncommittedBytes = 0
  /** The fetch of final blocks that waits for the store. */
  #afterCommit: (() => void) | undefined

  /** `answer` may be called inside `run` or long after it. */
  constructor(parts: ChainParts, answer: (event: ChainEvent) => void) {
    this.#parts = parts
    this.#answer = answer
    this.#catchUp = createCatchUp({ ...parts, hasRoom: () => !this.isStoreBehind() })
  }

  run(effect: Exclude<FollowerEffect, { type: 'finalise' | 'endEpoch' }>): void {
    if (effect.type === 'setTimer') this.#arm(effect)
    else if (effect.type === 'cancelTimer') this.#parts.timers.clear(`consensus/${effect.timer}`)
    else if (effect.type === 'verify') this.#verify(effect)
    else if (effect.type === 'fetch') this.#fetch(effect)
    else if (effect.type === 'abandon') this.#abandon(effect.digest)
    else if (effect.type === 'answerStranger') this.#answerStranger(effect)
    else this.#tell(effect.report)
  }

  /** Whether the store lags so far that nothing more may become final here for now. */
  isStoreBehind(): boolean {
    return (
      this.#uncommitted >= UNCOMMITTED_BLOCKS_MAX || this.#uncommittedBytes >= UNCOMMITTED_BYTES_MAX
    )
  }

  finalise(digests: readonly Hash[], certificate: Finalization, stored: (height: number) => void) {
    const blocks = this.#parts.executor.finalise(digests)
    const height = blocks.at(-1)?.block.header.height
    const bytes = blocks.reduce((sum, { transactions }) => sum + sizeOf(transactions), 0)
    const { length } = blocks
    const wasBehind = this.isStoreBehind()
    this.#uncommitted += length
    this.#uncommittedBytes += bytes
    if (!wasBehind && this.isStoreBehind()) {
      const facts = { blocks: this.#uncommitted, bytes: this.#uncommittedBytes }
      this.#parts.report({ level: 'warn', code: 'store_behind', facts })
    }
    this.#parts.onFinal(blocks, certificate, () => {
      this.#uncommitted -= length
      this.#uncommittedBytes -= bytes
      if (height !== undefined) stored(height)
      this.#fetchAfterCommit()
    })
  }

  #answerStranger({ to, message }: Extract<Effect, { type: 'answerStranger' }>): void {
    this.#parts.network.send(to, 'vote', encodeLinkMessage({ type: 'consensus', message }))
  }

  #fetchAfterCommit(): void {
    if (this.isStoreBehind()) return
    const fetch = this.#afterCommit
    this.#afterCommit = undefined
    fetch?.()
  }

  #arm({ timer, epoch, view, atMs }: Extract<Effect, { type: 'setTimer' }>): void {
    this.#parts.timers.set(`consensus/${timer}`, atMs, () =>
      this.#answer({ type: 'timer', timer, epoch, view }),
    )
  }

  #verify(effect: VerifyEffect): void {
    const { epoch, view, digest } = effect
    const { bodies, executor } = this.#parts
    bodies.obtain(effect, (result) => {
      const reason = result === 'held' ? reasonOf(executor.execute(digest), effect) : whyNot(result)
      if (reason !== undefined && effect.body.from === 'proposal') executor.forget(digest)
      this.#answerInTime(
        effect,
        reason === undefined
          ? { type: 'verified', epoch, view, digest, ok: true, next: executor.next(digest) }
          : { type: 'verified', epoch, view, digest, ok: false, reason },
      )
    })
  }

  /**
   * A run of fetched blocks is executed some a turn: an answer is what the next one waits for. Whatever
   * else there is to hear comes between.
   */
  #answerInTime({ final, header }: VerifyEffect, event: ChainEvent): void {
    const isOfRun = final && header.height <= this.#fetchedTo
    if (isOfRun) this.#executedInTurn += 1 + header.transactionCount
    if (!isOfRun || this.#executedInTurn < EXECUTED_PER_TURN_MAX) {
      this.#answer(event)
      return
    }
    const { timers, clock } = this.#parts
    timers.set('catch-up/executed', clock.monotonicMs(), () => {
      this.#executedInTurn = 0
      this.#answer(event)
    })
  }

  #fetch(effect: FetchEffect): void {
    const peers = peerNames(this.#parts.set, effect.peers)
    if (effect.what === 'block') this.#fetchBlock(effect.digest, peers)
    else {
      this.#afterCommit = () => this.#fetchSegments(effect.fromHeight, peers)
      this.#fetchAfterCommit()
    }
  }

  #abandon(digest: Hash): void {
    this.#fetching.delete(digest)
    this.#parts.bodies.abandon(digest)
  }

  #fetchBlock(digest: Hash, peers: readonly string[]): void {
    const { fetcher, ingress, executor, bodies } = this.#parts
    const ticket = Symbol(digest)
    this.#fetching.set(digest, ticket)
    /** Whether this fetch is still to be answered; its signatures may be checked for a while. */
    const end = (): boolean =>
      this.#fetching.get(digest) === ticket && this.#fetching.delete(digest)
    const fail = (): void => {
      if (end()) this.#answer({ type: 'fetchFailed', what: 'block', digest })
    }
    fetcher.fetch({ type: 'block', digest }, peers, (found) => {
      if (found?.type !== 'block') {
        fail()
        return
      }
      checkFetched(ingress, [found.block], (held) => {
        const [block] = held ?? []
        if (block === undefined) {
          fail()
          return
        }
        if (!end()) return
        executor.hold(block)
        bodies.onArrival()
        this.#answer({ type: 'fetchedBlock', header: block.header, digest })
      })
    })
  }

  #fetchSegments(fromHeight: number, peers: readonly string[]): void {
    const { executor, bodies } = this.#parts
    this.#catchUp.obtain({ fromHeight, peers }, (run) => {
      if (run === undefined) {
        this.#answer({ type: 'fetchFailed', what: 'segments', fromHeight })
        return
      }
      const { from, segments, held } = run
      for (const block of held) executor.hold(block)
      this.#fetchedTo = Math.max(this.#fetchedTo, held.at(-1)?.header.height ?? 0)
      bodies.onArrival()
      this.#answer({ type: 'fetchedSegments', from, segments: segments.map(headersOf) })
    })
  }

  #tell(report: Report): void {
    if (report.kind === 'fatal') {
      this.#parts.onFatal(report.code, detailOf(report))
      return
    }
    if (report.kind === 'peer') {
      const { members } = this.#parts.set
      const name = typeof report.peer === 'number' ? members[report.peer]?.peerId : report.peer
      if (name !== undefined) this.#parts.network.score(name, report.reason, 'reject')
      return
    }
    const level = GOOD_NEWS.has(report.kind) ? 'info' : 'warn'
    this.#parts.report({ level, code: `consensus_${report.kind}`, facts: factsOf(report) })
  }
}

const GOOD_NEWS: ReadonlySet<Report['kind']> = new Set(['view', 'voting', 'amnesiaOver'])

const sizeOf = (transactions: FinalBlock['transactions']): number =>
  transactions.reduce((sum, { size }) => sum + size, 0)

/** libp2p names of authority indexes. */
export const peerNames = (set: AuthoritySet, indexes: readonly number[]): readonly string[] =>
  indexes.flatMap((index) => set.members[index]?.peerId ?? [])

const whyNot = (result: Exclude<BodyResult, 'held'>): VerifyFailure =>
  result === 'unavailable' ? 'unavailable' : 'invalid'

/**
 * What a quorum made final and we find bad is a difference between it and us, unless the body is
 * only what a leader listed beside its proposal.
 */
const reasonOf = (verdict: Verdict, { final, body }: VerifyEffect): VerifyFailure | undefined => {
  if (verdict.kind === 'valid') return undefined
  if (verdict.kind === 'no_parent') return 'unavailable'
  return final && body.from === 'held' ? 'diverged' : 'invalid'
}

const headersOf = ({ blocks, certificate }: Segment) => ({
  blocks: blocks.map(({ header, digest }) => ({ header, digest })),
  certificate,
})

/** What was found, with the certificates that prove it: nothing else may keep them. */
const detailOf = ({ detail, proof }: Extract<Report, { kind: 'fatal' }>): string =>
  [detail, ...proof.map((certificate) => bytesToHex(encodeCertificate(certificate)))].join(
    '; proof ',
  )

const LOSS_ADVICE =
  'votes of this authority are gone; it casts none until enough others have said where they stand, ' +
  'then goes on by itself. Leave it running, keep the other authorities up, and find out what ' +
  'happened to the disk'
const WAIT_ADVICE = 'start these authorities, by their place in the set, and let them be reached'

const factsOf = (report: Exclude<Report, { kind: 'fatal' } | { kind: 'peer' }>): ReportFacts => {
  if (report.kind === 'evidence') {
    const { a, b } = report.evidence
    const [first, second] = [a, b].map((vote) => bytesToHex(encodeVote(vote)))
    return { member: a.signer, view: a.view, first, second }
  }
  if (report.kind === 'amnesiaWaits') {
    return { needed: report.needed, silent: report.silent.join(' '), todo: WAIT_ADVICE }
  }
  if (report.kind === 'amnesia') {
    return { cause: report.code, detail: report.detail, todo: LOSS_ADVICE }
  }
  const { kind, ...facts } = report
  return facts
}
