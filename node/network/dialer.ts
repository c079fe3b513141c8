import type { Random } from '../loop/ports.ts'
import { LINK_OPEN_MS } from './limits.ts'
import type { PeerName } from './network-port.ts'
import { redialDelayMs } from './redial.ts'

/** A peer to which a link is wanted. */
export type DialTarget = {
  readonly peer: PeerName
  readonly addresses: readonly string[]
  /** Added to every wait: leaves the other side the first word. */
  readonly patienceMs: number
}

export type DialerPorts = {
  /** Opens a link; rejects when that fails. */
  readonly open: (target: DialTarget, signal: AbortSignal) => Promise<void>
  /** `failures`: in a row, this one included. */
  readonly onFailure: (peer: PeerName, failures: number, error: unknown) => void
  readonly random: Random
}

type Dial = {
  target: DialTarget
  failures: number
  linked: boolean
  waiting: NodeJS.Timeout | undefined
  dialling: AbortController | undefined
}

/** Dials every wanted peer that has no link, again and again, with growing and jittered waits. */
export class Dialer {
  readonly #ports: DialerPorts
  readonly #dials = new Map<PeerName, Dial>()

  constructor(ports: DialerPorts) {
    this.#ports = ports
  }

  /** Replaces what is wanted; a dial under way to a peer that no longer is, is given up. */
  want(targets: readonly DialTarget[], isLinked: (peer: PeerName) => boolean): void {
    const wanted = new Set(targets.map(({ peer }) => peer))
    for (const peer of [...this.#dials.keys()]) if (!wanted.has(peer)) this.#forget(peer)
    for (const target of targets) {
      const known = this.#dials.get(target.peer)
      if (known === undefined) this.#begin(target, isLinked(target.peer))
      else known.target = target
    }
  }

  /** A link to the peer is up, whoever opened it. */
  linked(peer: PeerName): void {
    const dial = this.#dials.get(peer)
    if (dial === undefined) return
    dial.linked = true
    clearTimeout(dial.waiting)
    dial.waiting = undefined
  }

  /** The link is gone. `proven`: it lasted, so the wait starts from the shortest again. */
  lost(peer: PeerName, proven: boolean): void {
    const dial = this.#dials.get(peer)
    if (dial === undefined) return
    dial.linked = false
    dial.failures = proven ? 0 : dial.failures + 1
    this.#wait(dial, redialDelayMs(dial.failures, this.#ports.random))
  }

  stop(): void {
    for (const peer of [...this.#dials.keys()]) this.#forget(peer)
  }

  #begin(target: DialTarget, linked: boolean): void {
    const dial: Dial = {
      target,
      failures: 0,
      linked,
      waiting: undefined,
      dialling: undefined,
    }
    this.#dials.set(target.peer, dial)
    if (!linked) this.#wait(dial, 0)
  }

  #forget(peer: PeerName): void {
    const dial = this.#dials.get(peer)
    this.#dials.delete(peer)
    clearTimeout(dial?.waiting)
    dial?.dialling?.abort()
  }

  #wait(dial: Dial, delayMs: number): void {
    if (dial.dialling !== undefined || dial.linked) return
    clearTimeout(dial.waiting)
    dial.waiting = setTimeout(() => void this.#dial(dial), delayMs + dial.target.patienceMs)
  }

  async #dial(dial: Dial): Promise<void> {
    const dialling = new AbortController()
    dial.dialling = dialling
    const signal = AbortSignal.any([dialling.signal, AbortSignal.timeout(LINK_OPEN_MS)])
    try {
      await this.#ports.open(dial.target, signal)
      dial.dialling = undefined
      // Lost before the dial was done: nobody else waits to dial again.
      if (this.#isWanted(dial)) this.#wait(dial, redialDelayMs(dial.failures, this.#ports.random))
    } catch (error) {
      dial.dialling = undefined
      this.#failed(dial, error)
    }
  }

  /** Still to be linked. */
  #isWanted(dial: Dial): boolean {
    return !dial.linked && this.#dials.get(dial.target.peer) === dial
  }

  #failed(dial: Dial, error: unknown): void {
    const { peer } = dial.target
    if (!this.#isWanted(dial)) return
    dial.failures += 1
    this.#ports.onFailure(peer, dial.failures, error)
    this.#wait(dial, redialDelayMs(dial.failures, this.#ports.random))
  }
}
