import type { Certificate } from '#protocol/chain/certificate.ts'
import type { Clock, Timers } from './ports.ts'

/** How long a certificate that lets a view begin may wait for a message to travel with. */
export const LATE_MS = 50
/**
 * How long one that makes a block final may: nothing is decided upon it, and under load the next
 * block is voted on sooner.
 */
export const LATE_FINAL_MS = 250

/**
 * Certificates of the members, which only matter when something else was lost, for every honest
 * peer makes them of the votes itself: they ride along with the next urgent message, or leave shortly.
 */
export class LateCertificates {
  readonly #clock: Clock
  readonly #timers: Timers
  #waiting: { readonly view: number; readonly send: () => void }[] = []
  /** When the first of those that wait has to leave. */
  #dueMs = Number.POSITIVE_INFINITY

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }) {
    this.#clock = clock
    this.#timers = timers
  }

  /** A finalization says all that those at or below its view do: they need not leave any more. */
  add({ kind, view }: Certificate, send: () => void): void {
    const isFinal = kind === 'finalize'
    if (isFinal) this.#waiting = this.#waiting.filter((other) => other.view > view)
    this.#waiting.push({ view, send })
    const dueMs = this.#clock.monotonicMs() + (isFinal ? LATE_FINAL_MS : LATE_MS)
    if (dueMs >= this.#dueMs) return
    this.#dueMs = dueMs
    this.#timers.set('late', dueMs, () => this.release())
  }

  /** Sends what waits; called beside every urgent message, so that both share a frame. */
  release(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    this.#dueMs = Number.POSITIVE_INFINITY
    this.#timers.clear('late')
    for (const { send } of waiting) send()
  }
}
