import type { LinkFault } from './link.ts'
import type { Misbehaviour, PeerName } from './network-port.ts'

/** Why a peer is refused for a while. */
export type BanReason = Misbehaviour | LinkFault

export type ScoreLimits = {
  /** Faults at one time that part us from a peer. */
  readonly faultsMax: number
  /** How long one fault counts. */
  readonly forgivenMs: number
  readonly banMs: number
  /** Peers remembered; the one remembered longest is forgotten. */
  readonly peersMax: number
}

type Standing = {
  readonly faultAtMs: readonly number[]
  readonly banUntilMs: number
}

/** Who misbehaved lately, and who is refused until when: for a while, never for good. */
export class Scores {
  readonly #limits: ScoreLimits
  readonly #standings = new Map<PeerName, Standing>()

  constructor(limits: ScoreLimits) {
    this.#limits = limits
  }

  /** Counts a fault; true when it is the one that bans the peer. */
  fault(peer: PeerName, nowMs: number): boolean {
    const { forgivenMs, faultsMax } = this.#limits
    const before = this.#standings.get(peer)?.faultAtMs ?? []
    const faultAtMs = [...before.filter((atMs) => nowMs - atMs < forgivenMs), nowMs]
    if (faultAtMs.length >= faultsMax) {
      this.ban(peer, nowMs)
      return true
    }
    this.#remember(peer, { faultAtMs, banUntilMs: this.#banUntilMs(peer) })
    return false
  }

  /** Refuses the peer from now on for a while; its faults are paid with that. */
  ban(peer: PeerName, nowMs: number): void {
    this.#remember(peer, { faultAtMs: [], banUntilMs: nowMs + this.#limits.banMs })
  }

  isBanned(peer: PeerName, nowMs: number): boolean {
    return nowMs < this.#banUntilMs(peer)
  }

  #banUntilMs(peer: PeerName): number {
    return this.#standings.get(peer)?.banUntilMs ?? 0
  }

  #remember(peer: PeerName, standing: Standing): void {
    this.#standings.delete(peer)
    this.#standings.set(peer, standing)
    if (this.#standings.size <= this.#limits.peersMax) return
    const [oldest] = this.#standings.keys()
    if (oldest !== undefined) this.#standings.delete(oldest)
  }
}
