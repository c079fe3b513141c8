import type { LoadAnswer } from './load-client.ts'

/** What a load came to. */
export type LoadResult = {
  /** From the first request to the last answer. */
  readonly seconds: number
  /** Final and applied. */
  readonly applied: number
  /** Turned away for now: 429 or 503. Nothing was kept. */
  readonly refused: number
  /** Of these: told when to come back. */
  readonly withRetryAfter: number
  /** Kept, and without an outcome when the wait was over: may be applied later. */
  readonly open: number
  /** What should not be in a load, how often: other statuses and codes; 0 where no answer came. */
  readonly others: Readonly<Record<string, number>>
  /** Of requests in which something was applied, request to answer. */
  readonly tookMs: readonly number[]
  /** Applied a second while requests were still being sent, less the first second. */
  readonly appliedPerSecond: number
}

/** The time after which a load is in full swing. */
const BEGIN_MS = 1_000

type Asked = { readonly count: number; readonly askedMs: number }

/** Counts answers while they come. */
export class Tally {
  readonly #startMs = performance.now()
  readonly #tookMs: number[] = []
  readonly #others: Record<string, number> = {}
  readonly #answered: { readonly atMs: number; readonly applied: number }[] = []
  #lastMs = this.#startMs
  #sentMs = Number.POSITIVE_INFINITY
  #refused = 0
  #withRetryAfter = 0
  #open = 0

  add(answer: LoadAnswer, { count, askedMs }: Asked): void {
    const nowMs = performance.now()
    this.#lastMs = nowMs
    const { applied, refused, open, others } = sharesOf(answer, count)
    this.#refused += refused
    if (answer.saysWhen) this.#withRetryAfter += refused
    this.#open += open
    for (const name of others) this.#others[name] = (this.#others[name] ?? 0) + 1
    if (applied === 0) return
    this.#tookMs.push(nowMs - askedMs)
    this.#answered.push({ atMs: nowMs, applied })
  }

  /** No request comes any more; answers do. */
  allSent(): void {
    this.#sentMs = performance.now()
  }

  result(): LoadResult {
    const toMs = Math.min(this.#sentMs, this.#lastMs)
    const fromMs = Math.min(this.#startMs + BEGIN_MS, (this.#startMs + toMs) / 2)
    const within = this.#answered.filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
    return {
      seconds: (this.#lastMs - this.#startMs) / 1_000,
      applied: sumOf(this.#answered),
      ...{ refused: this.#refused, withRetryAfter: this.#withRetryAfter, open: this.#open },
      ...{ others: this.#others, tookMs: this.#tookMs },
      appliedPerSecond: sumOf(within) / Math.max(0.001, (toMs - fromMs) / 1_000),
    }
  }
}

const sumOf = (answered: readonly { readonly applied: number }[]): number =>
  answered.reduce((sum, { applied }) => sum + applied, 0)

type Shares = {
  readonly applied: number
  readonly refused: number
  readonly open: number
  readonly others: readonly string[]
}

/** What became of the `count` transactions of one request. */
export const sharesOf = ({ status, text }: LoadAnswer, count: number): Shares => {
  const nothing = { applied: 0, refused: 0, open: 0, others: [] }
  if (status === 201) return { ...nothing, applied: count }
  if (status === 202) return { ...nothing, open: count }
  if (status === 429 || status === 503) return { ...nothing, refused: count }
  if (status !== 200) return { ...nothing, others: Array<string>(count).fill(String(status)) }
  const applied = timesIn(text, /"status":"applied"/g)
  const open = timesIn(text, /"status":"pending"/g)
  const refused = timesIn(text, /"status":(?:429|503)/g)
  const rest = Math.max(0, count - applied - open - refused)
  return { applied, open, refused, others: Array<string>(rest).fill('not applied') }
}

const timesIn = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0
