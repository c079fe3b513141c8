import {
  HOLDER_STREAMS_MAX,
  STREAMS_MAX,
  STREAMS_PER_CREDENTIAL_MAX,
  STREAMS_PER_HOLDER_MAX,
} from '../limits.ts'
import type { Visitor } from '../ports/caller.ts'

/** How many event streams are open, by credential and in all; those of holders apart from a place's. */
export class OpenStreams {
  readonly #places = new Count(STREAMS_PER_CREDENTIAL_MAX, STREAMS_MAX)
  readonly #holders = new Count(STREAMS_PER_HOLDER_MAX, HOLDER_STREAMS_MAX)

  /** Whether one more may open; if so, it counts until `close`. */
  open(visitor: Visitor): boolean {
    return this.#of(visitor).open(visitor.keyId)
  }

  close(visitor: Visitor): void {
    this.#of(visitor).close(visitor.keyId)
  }

  #of(visitor: Visitor): Count {
    return 'owns' in visitor ? this.#holders : this.#places
  }
}

class Count {
  readonly #perKeyMax: number
  readonly #allMax: number
  readonly #byKey = new Map<string, number>()
  #all = 0

  constructor(perKeyMax: number, allMax: number) {
    this.#perKeyMax = perKeyMax
    this.#allMax = allMax
  }

  open(keyId: string): boolean {
    const own = this.#byKey.get(keyId) ?? 0
    if (own >= this.#perKeyMax || this.#all >= this.#allMax) return false
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
