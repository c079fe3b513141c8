import type { Certificate } from '#protocol/chain/certificate.ts'
import type { Clock, Timers } from './ports.ts'

/**
 * How long a message that nobody waits for may wait for another one to travel with: under load the
 * next block is voted on sooner, and whoever lost a vote would learn what it missed no later than a
 * view that is given up.
 */
export const LATE_MS = 50

/**
 * Certificates of the members, which only matter when something else was lost, for every honest
 * peer makes them of the votes itself: they ride along with the next urgent message, or leave shortly.
 */
export class LateCertificates {
  readonly #clock: Clock
  readonly #timers: Timers
  #waiting: { readonly view: number; readonly send: () => void }[] = []

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }) {
    this.#clock = clock
    this.#timers = timers
  }

  /** A finalization says all that those at or below its view do: they need not leave any more. */
  add({ kind, view }: Certificate, send: () => void): void {
    const isFirst = this.#waiting.length === 0
    if (kind === 'finalize') this.#waiting = this.#waiting.filter((other) => other.view > view)
    this.#waiting.push({ view, send })
    if (!isFirst) return
    this.#timers.set('late', this.#clock.monotonicMs() + LATE_MS, () => this.release())
  }

  /** Sends what waits; called beside every urgent message, so that both share a frame. */
  release(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    this.#timers.clear('late')
    for (const { send } of waiting) send()
  }
}
