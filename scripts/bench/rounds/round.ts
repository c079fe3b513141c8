import { type Latency, latencyOf } from '../../festival/latency.ts'
import { type Asking, atRate, oneByOne, saturate } from '../federation/load.ts'
import { LoadClient } from '../federation/load-client.ts'
import { type CardsPaid, signSales } from '../federation/sales.ts'
import type { Stage } from '../federation/stage.ts'
import type { LoadResult } from '../federation/tally.ts'
import { measureChecks } from '../machine/check-rate.ts'
import { measureSync } from '../machine/sync-time.ts'
import { type BenchSizes, IDLE_PAUSE_MS, IN_FLIGHT, OVERLOAD } from './sizes.ts'
import { type CpuShares, watchCpu } from './window.ts'

/** One saturating load, with the bound that this machine had just before it. */
export type Saturation = {
  /** Signature checks a second with every core busy. */
  readonly checksPerSecond: number
  /** Payments a second if nodes did nothing but check signatures. */
  readonly bound: number
  readonly finalisedPerSecond: number
  /** Finalised ÷ bound. */
  readonly efficiency: number
  /** Request to answer. */
  readonly latency: Latency
  readonly cpu: CpuShares
  /** Microseconds of CPU a payment, by node. */
  readonly cpuUs: Readonly<Record<string, number>>
}

/** How far a load is from what should be: goodput, and how the rest was answered. */
export type Overload = {
  /** Applied a second under twice the load that saturates ÷ applied a second at saturation. */
  readonly goodputRatio: number
  readonly refused: number
  /** Of these, told when to come back. */
  readonly withRetryAfter: number
}

/** What is measured at one federation; every load adds to what the ledger must hold at the end. */
export class Rounds {
  readonly #stage: Stage
  readonly #sizes: BenchSizes
  readonly #client: LoadClient
  readonly #rates = new Map<string, number>()
  #applied = 0
  #open = 0

  constructor(stage: Stage, sizes: BenchSizes) {
    this.#stage = stage
    this.#sizes = sizes
    // A connection for each payment that single requests have on their way.
    this.#client = new LoadClient(stage.apiUrl, IN_FLIGHT)
  }

  /** What was answered as applied; and what had no outcome when its request was answered. */
  get answered(): { readonly applied: number; readonly open: number } {
    return { applied: this.#applied, open: this.#open }
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  /** Sells without measuring: what has just begun is not compiled yet. */
  async warmUp(): Promise<void> {
    for (let left = this.#sizes.warmUpPayments; left > 0; left -= WARM_UP_AT_ONCE) {
      await this.#sell(Math.min(left, WARM_UP_AT_ONCE), WARM_UP_SECONDS)
    }
  }

  /** One more load of the headline that is in no round; gives how many payments it came to. */
  async unmeasured(): Promise<number> {
    const { seconds } = this.#sizes
    const rate = this.#rates.get(HEADLINE) ?? 0
    return await this.#sell(Math.ceil(SIGNED_AHEAD * rate * seconds), seconds)
  }

  async saturation(paid: CardsPaid, asking: Asking): Promise<Saturation> {
    const { checkMs, seconds } = this.#sizes
    const signatures = SIGNATURES[paid]
    const { network } = this.#stage
    const sales = signSales(this.#stage, CHECKED, paid)
    const checksPerSecond = await measureChecks(sales, { network, ms: checkMs })
    const bound = checksPerSecond / (this.#processes() * signatures)
    // No federation can finalise more than its bound; after the first round we know how far it comes.
    const rate = this.#rates.get(`${paid} ${asking}`) ?? bound
    const texts = signSales(this.#stage, Math.ceil(rate * SIGNED_AHEAD * seconds), paid)
    const { result, cpu } = await watchCpu(this.#stage.federation, () =>
      saturate(this.#client, texts, { asking, inFlight: IN_FLIGHT, seconds }),
    )
    this.#count(result)
    const finalisedPerSecond = result.applied / result.seconds
    this.#rates.set(`${paid} ${asking}`, finalisedPerSecond)
    const perPayment = Object.entries(cpu.nodesMs).map(
      ([name, ms]) => [name, (ms * 1_000) / Math.max(1, result.applied)] as const,
    )
    return {
      ...{ checksPerSecond, bound, finalisedPerSecond, efficiency: finalisedPerSecond / bound },
      ...{ latency: latencyOf(result.tookMs), cpu, cpuUs: Object.fromEntries(perPayment) },
    }
  }

  /** Single taps at a network that has nothing else to do. */
  async idle(): Promise<Latency> {
    const texts = signSales(this.#stage, this.#sizes.idleTaps, 'weak')
    return this.#latency(await oneByOne(this.#client, texts, IDLE_PAUSE_MS))
  }

  /** Single taps, so many a second. */
  async steady(perSecond: number): Promise<Latency> {
    const texts = signSales(this.#stage, Math.ceil(perSecond * this.#sizes.seconds), 'weak')
    return this.#latency(await atRate(this.#client, texts, { asking: 'singles', perSecond }))
  }

  /** Twice of what saturates, by batches, whatever is answered. */
  async overload(saturated: number): Promise<Overload> {
    const perSecond = OVERLOAD * saturated
    const seconds = OVERLOAD_SECONDS_FACTOR * this.#sizes.seconds
    const texts = signSales(this.#stage, Math.ceil(perSecond * seconds), 'weak')
    const result = await atRate(this.#client, texts, { asking: 'batches', perSecond })
    this.#count(result)
    const { appliedPerSecond, refused, withRetryAfter } = result
    return { goodputRatio: appliedPerSecond / saturated, refused, withRetryAfter }
  }

  /** Milliseconds of a request over loopback that does nothing, p50. */
  async roundTrip(): Promise<number> {
    const tookMs: number[] = []
    for (let index = 0; index < PINGS; index += 1) {
      const startMs = performance.now()
      await this.#client.ping()
      tookMs.push(performance.now() - startMs)
    }
    return latencyOf(tookMs).p50Ms
  }

  /** Milliseconds of a synced write, p50. */
  async syncTime(): Promise<number> {
    return await measureSync(this.#stage.federation.directory)
  }

  async #sell(count: number, seconds: number): Promise<number> {
    const texts = signSales(this.#stage, count, 'weak')
    const load = { asking: 'batches', inFlight: IN_FLIGHT, seconds } as const
    const result = await saturate(this.#client, texts, load)
    this.#count(result)
    return result.applied
  }

  #latency(result: LoadResult): Latency {
    this.#count(result)
    return latencyOf(result.tookMs)
  }

  /** A load in which something was answered that should not be is no load to measure. */
  #count({ applied, open, others }: LoadResult): void {
    this.#applied += applied
    this.#open += open
    const strange = Object.entries(others)
    if (strange.length > 0) throw new BenchFault(`a load was answered ${JSON.stringify(others)}`)
  }

  #processes(): number {
    const { federation } = this.#stage
    return federation.authorities().length + federation.venues().length
  }
}

/** What was measured is wrong: a benchmark fails by this, never by a time. */
export class BenchFault extends Error {
  override readonly name = 'BenchFault'
}

const SIGNATURES: Readonly<Record<CardsPaid, number>> = { weak: 1, secret: 2 }
const HEADLINE = 'weak batches'
const CHECKED = 256
/** Few enough that none expires before it is sent; and what a busy machine may take for them. */
const WARM_UP_AT_ONCE = 10_000
const WARM_UP_SECONDS = 30
/** More is signed than the round before came to. */
const SIGNED_AHEAD = 1.4
/** Long enough that more waits than becomes final in seconds, and the node must turn away. */
const OVERLOAD_SECONDS_FACTOR = 1.5
const PINGS = 200
