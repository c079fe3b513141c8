import type { Effect, FetchEffect, Report, VerifyEffect } from '#consensus/effect.ts'
import type { Event } from '#consensus/event.ts'
import type { FollowerEffect } from '#consensus/follower-event.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import type { Hash } from '#protocol/hash.ts'
import type { NetworkPort } from '../network/network-port.ts'
import type { Bodies, BodyResult } from '../pipeline/bodies.ts'
import type { Executor, FinalBlock, Verdict } from '../pipeline/executor.ts'
import type { Ingress } from '../pipeline/ingress.ts'
import type { Fetcher } from '../sync/fetcher.ts'
import { holdFetched } from '../sync/hold-fetched.ts'
import type { Clock, Reporter, ReportFacts, Timers } from './ports.ts'

/** Answers to effects, and timers: the events that an authority and a follower share. */
export type ChainEvent = Extract<
  Event,
  { type: 'timer' | 'verified' | 'fetchedBlock' | 'fetchedSegments' | 'fetchFailed' }
>

export type ChainParts = {
  readonly set: AuthoritySet
  readonly clock: Clock
  readonly timers: Timers
  readonly network: NetworkPort
  readonly executor: Executor
  readonly ingress: Ingress
  readonly bodies: Bodies
  readonly fetcher: Fetcher
  readonly report: Reporter
  /** Final blocks in order: to the store, then to whoever waits. `stored` once they are durable. */
  readonly onFinal: (
    blocks: readonly FinalBlock[],
    certificate: Finalization,
    stored: () => void,
  ) => void
  readonly onFatal: (code: string, detail: string) => void
}

/** Runs those effects that an authority and a follower share. */
export class ChainEffects {
  readonly #parts: ChainParts
  readonly #answer: (event: ChainEvent) => void

  /** `answer` may be called inside `run` or long after it. */
  constructor(parts: ChainParts, answer: (event: ChainEvent) => void) {
    this.#parts = parts
    this.#answer = answer
  }

  run(effect: Exclude<FollowerEffect, { type: 'finalise' }>): void {
    if (effect.type === 'setTimer') this.#arm(effect)
    else if (effect.type === 'cancelTimer') this.#parts.timers.clear(`consensus/${effect.timer}`)
    else if (effect.type === 'verify') this.#verify(effect)
    else if (effect.type === 'fetch') this.#fetch(effect)
    else if (effect.type === 'abandon') this.#parts.bodies.abandon(effect.digest)
    else this.#tell(effect.report)
  }

  finalise(digests: readonly Hash[], certificate: Finalization, stored: (height: number) => void) {
    const blocks = this.#parts.executor.finalise(digests)
    const height = blocks.at(-1)?.block.header.height
    this.#parts.onFinal(blocks, certificate, () => {
      if (height !== undefined) stored(height)
    })
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
      const reason =
        result === 'held' ? reasonOf(executor.execute(digest), effect) : WHY_NOT[result]
      this.#answer(
        reason === undefined
          ? { type: 'verified', epoch, view, digest, ok: true }
          : { type: 'verified', epoch, view, digest, ok: false, reason },
      )
    })
  }

  #fetch(effect: FetchEffect): void {
    const peers = peerNames(this.#parts.set, effect.peers)
    if (effect.what === 'block') this.#fetchBlock(effect.digest, peers)
    else this.#fetchSegments(effect.fromHeight, peers)
  }

  #fetchBlock(digest: Hash, peers: readonly string[]): void {
    const fail = (): void => this.#answer({ type: 'fetchFailed', what: 'block', digest })
    this.#parts.fetcher.fetch({ type: 'block', digest }, peers, (found) => {
      if (found?.type !== 'block') {
        fail()
        return
      }
      const { header } = found.block
      holdFetched(this.#parts, [found.block], (ok) => {
        if (ok) this.#answer({ type: 'fetchedBlock', header, digest })
        else fail()
      })
    })
  }

  #fetchSegments(fromHeight: number, peers: readonly string[]): void {
    const fail = (): void => this.#answer({ type: 'fetchFailed', what: 'segments', fromHeight })
    this.#parts.fetcher.fetch({ type: 'segments', fromHeight }, peers, (found) => {
      if (found?.type !== 'segments') {
        fail()
        return
      }
      const { segments, from } = found
      const blocks = segments.flatMap((segment) => segment.blocks)
      holdFetched(this.#parts, blocks, (ok) => {
        if (ok) this.#answer({ type: 'fetchedSegments', from, segments: segments.map(headersOf) })
        else fail()
      })
    })
  }

  #tell(report: Report): void {
    if (report.kind === 'fatal') {
      this.#parts.onFatal(report.code, report.detail)
      return
    }
    if (report.kind === 'peer') {
      const { members } = this.#parts.set
      const name = typeof report.peer === 'number' ? members[report.peer]?.peerId : report.peer
      if (name !== undefined) this.#parts.network.score(name, report.reason, 'reject')
      return
    }
    const level = report.kind === 'view' || report.kind === 'voting' ? 'info' : 'warn'
    this.#parts.report({ level, code: `consensus_${report.kind}`, facts: factsOf(report) })
  }
}

/** libp2p names of authority indexes. */
export const peerNames = (set: AuthoritySet, indexes: readonly number[]): readonly string[] =>
  indexes.flatMap((index) => set.members[index]?.peerId ?? [])

const WHY_NOT = { bad: 'invalid', unavailable: 'unavailable' } as const satisfies Record<
  Exclude<BodyResult, 'held'>,
  string
>

const reasonOf = (
  verdict: Verdict,
  { final }: VerifyEffect,
): 'invalid' | 'unavailable' | 'diverged' | undefined => {
  if (verdict.kind === 'valid') return undefined
  if (verdict.kind === 'no_parent') return 'unavailable'
  return final ? 'diverged' : 'invalid'
}

const headersOf = ({ blocks, certificate }: Segment) => ({
  blocks: blocks.map(({ header, digest }) => ({ header, digest })),
  certificate,
})

const factsOf = (report: Exclude<Report, { kind: 'fatal' } | { kind: 'peer' }>): ReportFacts => {
  if (report.kind === 'evidence') {
    const { signer, view } = report.evidence.a
    return { member: signer, view }
  }
  const { kind, ...facts } = report
  return facts
}
