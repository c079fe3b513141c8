/** A steady rate with a burst on top, in requests. */
export type Rate = { readonly perSecond: number; readonly burst: number }

/** What is left of a quota; `resetSeconds`: until it is whole again, or until the next may pass. */
export type Quota = {
  readonly limit: number
  readonly windowSeconds: number
  readonly remaining: number
  readonly resetSeconds: number
}

/** Whether a request may pass. */
export type Admission = Quota & { readonly ok: boolean }

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

  /** Takes tokens from the bucket of `name`: all of them, or none. */
  take(name: string, tokens = 1): Admission {
    const bucket = this.#filled(name)
    const { perSecond, burst } = this.#rate
    const ok = bucket.tokens >= tokens
    if (ok) bucket.tokens -= tokens
    const missing = ok ? burst - bucket.tokens : tokens - bucket.tokens
    return {
      ok,
      limit: burst,
      windowSeconds: Math.max(1, Math.ceil(burst / perSecond)),
      remaining: Math.floor(bucket.tokens),
      resetSeconds: Math.max(1, Math.ceil(missing / perSecond)),
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
