import type { EpochEnd } from '#consensus/epoch-end.ts'
import type { Follower } from '#consensus/follower.ts'
import type { FollowerEffect, FollowerEvent } from '#consensus/follower-event.ts'
import { decodeBlock, hashesOfBody } from '#protocol/chain/block.ts'
import { type ConsensusMessage, decodeMessage } from '#protocol/chain/message.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { PeerName, Topic, Verdict } from '../network/network-port.ts'
import { ChainEffects, type ChainParts } from './chain-effects.ts'
import type { Clock } from './ports.ts'

/**
 * Bytes of held blocks from which on no further one is taken that nobody vouches for: what proves
 * final is fetched then. Many times what honest authorities leave open.
 */
export const UNVOUCHED_BYTES_MAX = 32 * 1_048_576

export type FollowerParts = ChainParts & {
  readonly follower: Follower
  readonly clock: Clock
  readonly isAuthority: (peer: PeerName) => boolean
}

/**
 * Turns what a venue hears into events of the follower and its effects into acts. A block is checked
 * and held when it comes, executed when it proves final.
 */
export class FollowerLoop {
  readonly #parts: FollowerParts
  readonly #effects: ChainEffects
  readonly #queue: FollowerEvent[] = []
  #state: 'idle' | 'running' | 'halted' = 'idle'
  #end: EpochEnd | undefined
  #storedHeight = 0

  constructor(parts: FollowerParts) {
    this.#parts = parts
    this.#effects = new ChainEffects(parts, (event) => this.dispatch(event))
  }

  /** Takes an event now, or after the one under way. */
  dispatch(event: FollowerEvent): void {
    if (this.#isHalted()) return
    this.#queue.push(event)
    if (this.#state !== 'idle') return
    this.#state = 'running'
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#step(next)
      if (this.#isHalted()) return
    }
    this.#state = 'idle'
  }

  /** The node cannot go on: from here on nothing is decided or written. */
  halt(): void {
    this.#state = 'halted'
    this.#queue.length = 0
  }

  /**
   * What is published to followers. Only an authority's own publications are believed to be worth
   * their checks: every authority reaches every follower that is up.
   */
  onGossip(topic: Topic, from: PeerName, bytes: Uint8Array): Verdict {
    if (!this.#parts.isAuthority(from) || this.#isHalted()) return 'ignore'
    // What is not heard now is fetched once the store is there; a beacon makes nothing final.
    if (topic !== 'status' && this.#effects.isStoreBehind()) return 'ignore'
    if (topic === 'blocks') return this.#onBlock(from, bytes)
    if (topic === 'transactions') return 'ignore'
    const decoded = decodeMessage(bytes)
    if (!decoded.ok) return 'reject'
    const event = eventOf(decoded.value, from)
    if (event === undefined) return 'reject'
    this.dispatch(event)
    return 'accept'
  }

  #onBlock(source: PeerName, bytes: Uint8Array): Verdict {
    const decoded = decodeBlock(bytes)
    if (!decoded.ok) return 'reject'
    const block = decoded.value
    const { header, digest } = block
    const { executor, ingress } = this.#parts
    if (header.height <= executor.final().header.height || executor.holds(digest)) return 'accept'
    if (executor.heldBytes() > UNVOUCHED_BYTES_MAX) return 'ignore'
    const hashes = hashesOfBody(block)
    if (hashes === undefined) return 'reject'
    const hold = (transactions: readonly VerifiedTransaction[] | undefined): void => {
      if (transactions === undefined) return
      executor.hold({ header, digest, transactions })
      this.dispatch({ type: 'block', source, header, digest })
    }
    ingress.verify(block.transactions, hold, hashes)
    return 'accept'
  }

  #step(event: FollowerEvent): void {
    const { clock, follower } = this.#parts
    const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }
    for (const effect of follower.step(event, now)) {
      this.#run(effect)
      if (this.#isHalted()) return
    }
  }

  /** The next epoch begins on what a restart would find: its origin in the store. */
  #endWhenStored(): void {
    if (this.#end === undefined || this.#storedHeight < this.#end.header.height) return
    if (!this.#isHalted()) this.#parts.onEpochEnd(this.#end)
  }

  #isHalted(): boolean {
    return this.#state === 'halted'
  }

  #run(effect: FollowerEffect): void {
    switch (effect.type) {
      case 'finalise':
        this.#effects.finalise(effect.digests, effect.certificate, (height) => {
          this.#storedHeight = height
          this.#endWhenStored()
        })
        return
      case 'endEpoch':
        this.#end = effect.end
        this.#endWhenStored()
        return
      default:
        this.#effects.run(effect)
    }
  }
}

const eventOf = (message: ConsensusMessage, source: PeerName): FollowerEvent | undefined => {
  switch (message.type) {
    case 'vote':
      return { type: 'vote', source, vote: message.vote }
    case 'certificate':
      return { type: 'certificate', source, certificate: message.certificate }
    case 'beacon':
      return { type: 'beacon', source, beacon: message.beacon }
    case 'proposal':
    case 'status':
    case 'certificateRequest':
      return undefined
  }
}
