import type { HoldId } from '#protocol/id.ts'

/** One release of a hold: no block later than `untilMs` can contain it. */
type Retirement = { readonly untilMs: number }

/**
 * Holds that are being given back. More than one release of a hold can be on its way: it is open again
 * only once none of them can be executed any more.
 */
export class Retirements {
  readonly #headMs: () => number
  readonly #retired = new Map<HoldId, Set<Retirement>>()

  /** `headMs`: time of the final block. */
  constructor(headMs: () => number) {
    this.#headMs = headMs
  }

  /** The returned function tells that this release will never be executed. */
  add(hold: HoldId, untilMs: number): () => void {
    const retirement = { untilMs }
    const alike = this.#retired.get(hold) ?? new Set()
    this.#retired.set(hold, alike.add(retirement))
    return () => void alike.delete(retirement)
  }

  has(hold: HoldId): boolean {
    const headMs = this.#headMs()
    return [...(this.#retired.get(hold) ?? [])].some(({ untilMs }) => headMs <= untilMs)
  }

  /** Lets go of what has ended. */
  tick(): void {
    for (const hold of this.#retired.keys()) if (!this.has(hold)) this.#retired.delete(hold)
  }
}
