/**
 * Ids that were used, each until it would be refused for its age. What is forgotten is refused for
 * ever, so that a clock that steps back opens no way.
 */
export class Replays {
  readonly #max: number
  /** By the second in which they end. */
  readonly #bySecond = new Map<number, Set<string>>()
  #size = 0
  /** Ids that end here or before are forgotten. */
  #floorSeconds = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Uses an id up that counts before `endSeconds`. `full`: nothing can be forgotten yet. */
  spend(id: string, endSeconds: number, nowSeconds: number): 'spent' | 'replayed' | 'full' {
    this.#forget(nowSeconds)
    if (endSeconds <= this.#floorSeconds) return 'replayed'
    if (this.#holds(id)) return 'replayed'
    if (this.#size >= this.#max) return 'full'
    const ending = this.#bySecond.get(endSeconds)
    if (ending === undefined) this.#bySecond.set(endSeconds, new Set([id]))
    else ending.add(id)
    this.#size += 1
    return 'spent'
  }

  /** The same id may come with another end: it is looked for in each second, of which there are few. */
  #holds(id: string): boolean {
    for (const ids of this.#bySecond.values()) if (ids.has(id)) return true
    return false
  }

  #forget(nowSeconds: number): void {
    if (nowSeconds <= this.#floorSeconds) return
    this.#floorSeconds = nowSeconds
    for (const [second, ids] of this.#bySecond) {
      if (second > nowSeconds) continue
      this.#size -= ids.size
      this.#bySecond.delete(second)
    }
  }
}
