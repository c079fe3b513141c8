import type { Clock, Timers } from './ports.ts'

/** How long a message that nobody waits for may wait for another one to travel with. */
const LATE_MS = 5

/**
 * Messages that only matter when something else was lost, such as certificates that every honest
 * peer makes of the votes itself: they ride along with the next urgent message, or leave shortly.
 */
export class LateMessages {
  readonly #clock: Clock
  readonly #timers: Timers
  #waiting: (() => void)[] = []

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }) {
    this.#clock = clock
    this.#timers = timers
  }

  add(send: () => void): void {
    this.#waiting.push(send)
    if (this.#waiting.length > 1) return
    this.#timers.set('late', this.#clock.monotonicMs() + LATE_MS, () => this.release())
  }

  /** Sends what waits; called beside every urgent message, so that both share a frame. */
  release(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    this.#timers.clear('late')
    for (const send of waiting) send()
  }
}
