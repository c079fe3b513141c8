export type BucketRate = {
  readonly perSecond: number
  /** What may be spent at once after a pause. */
  readonly burst: number
}

/** A token bucket: fills with time up to its burst, and says when more is spent than there is. */
export class TokenBucket {
  readonly #rate: BucketRate
  #tokens: number
  #filledAtMs: number

  constructor(rate: BucketRate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#filledAtMs = nowMs
  }

  /** Whether `amount` was there; it is spent either way, so that an overrun has to be paid back. */
  spend(amount: number, nowMs: number): boolean {
    const earned = (Math.max(0, nowMs - this.#filledAtMs) * this.#rate.perSecond) / 1_000
    this.#filledAtMs = nowMs
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + earned) - amount
    return this.#tokens >= 0
  }
}

export type InboundRates = {
  readonly bytes: BucketRate
  readonly messages: BucketRate
}

/** What one peer may still send us. */
export class InboundBudget {
  readonly #bytes: TokenBucket
  readonly #messages: TokenBucket

  constructor(rates: InboundRates, nowMs: number) {
    this.#bytes = new TokenBucket(rates.bytes, nowMs)
    this.#messages = new TokenBucket(rates.messages, nowMs)
  }

  /** Whether the peer is within both rates after these bytes and messages. */
  spend(bytes: number, messages: number, nowMs: number): boolean {
    const bytesLeft = this.#bytes.spend(bytes, nowMs)
    const messagesLeft = this.#messages.spend(messages, nowMs)
    return bytesLeft && messagesLeft
  }
}
