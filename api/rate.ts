/** A steady rate with a burst on top, in requests. */
export type Rate = { readonly perSecond: number; readonly burst: number }

/** Whether a request may pass; otherwise after how many seconds the next one may. */
export type Admission =
  | { readonly ok: true }
  | { readonly ok: false; readonly limit: number; readonly retryAfterSeconds: number }

type Bucket = { tokens: number; filledAtMs: number }

/** Token buckets by name, at most `max`: the one unused for longest makes room. */
export class Buckets {
  readonly #rate: Rate
  readonly #max: number
  readonly #clock: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, options: { readonly max: number; readonly clock: () => number }) {
    this.#rate = rate
    this.#max = options.max
    this.#clock = options.clock
  }

  /** Takes one token from the bucket of `name`. */
  take(name: string): Admission {
    const bucket = this.#filled(name)
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1
      return { ok: true }
    }
    const seconds = (1 - bucket.tokens) / this.#rate.perSecond
    return {
      ok: false,
      limit: this.#rate.burst,
      retryAfterSeconds: Math.max(1, Math.ceil(seconds)),
    }
  }

  #filled(name: string): Bucket {
    const nowMs = this.#clock()
    const known = this.#buckets.get(name)
    this.#buckets.delete(name)
    const bucket = known ?? { tokens: this.#rate.burst, filledAtMs: nowMs }
    const grown = ((nowMs - bucket.filledAtMs) / 1_000) * this.#rate.perSecond
    bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + grown)
    bucket.filledAtMs = nowMs
    if (this.#buckets.size >= this.#max) this.#forgetOldest()
    this.#buckets.set(name, bucket)
    return bucket
  }

  #forgetOldest(): void {
    for (const name of this.#buckets.keys()) {
      this.#buckets.delete(name)
      return
    }
  }
}
