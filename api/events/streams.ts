import { STREAMS_MAX, STREAMS_PER_CREDENTIAL_MAX } from '../limits.ts'

/** How many event streams are open, by credential and in all. */
export class OpenStreams {
  readonly #byKey = new Map<string, number>()
  #all = 0

  /** Whether one more may open; if so, it counts until `close`. */
  open(keyId: string): boolean {
    const own = this.#byKey.get(keyId) ?? 0
    if (own >= STREAMS_PER_CREDENTIAL_MAX || this.#all >= STREAMS_MAX) return false
    this.#byKey.set(keyId, own + 1)
    this.#all += 1
    return true
  }

  close(keyId: string): void {
    const own = this.#byKey.get(keyId) ?? 0
    if (own <= 1) this.#byKey.delete(keyId)
    else this.#byKey.set(keyId, own - 1)
    this.#all -= 1
  }
}
