import { CLOCK_SLACK_MS } from './limits.ts'
import type { World } from './world.ts'

/**
 * This device's clock, put right by what nodes say: ids are judged by the ledger's time, and the clock
 * of a tablet may be hours off. A browser shows `Date` only of answers of its own origin.
 */
export class Clock {
  readonly #world: Pick<World, 'wallMs'>
  #offsetMs = 0

  constructor(world: Pick<World, 'wallMs'>) {
    this.#world = world
  }

  nowMs(): number {
    return Math.max(0, Math.round(this.#world.wallMs() + this.#offsetMs))
  }

  /** What an answer said in its `Date` header, if it did. */
  learn(date: string | null): void {
    const saidMs = date === null ? Number.NaN : Date.parse(date)
    if (Number.isNaN(saidMs)) return
    const offsetMs = saidMs - this.#world.wallMs()
    this.#offsetMs = Math.abs(offsetMs) < CLOCK_SLACK_MS ? 0 : offsetMs
  }
}
