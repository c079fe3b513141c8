import { join } from 'node:path'
import { saleContent } from '#scripts/bench/grown/block-content.ts'
import { grow } from '#scripts/bench/grown/grow.ts'
import type { GrownFolder } from '#scripts/bench/grown/grown-folder.ts'
import { CORES, measureChecks } from '#scripts/bench/machine/check-rate.ts'
import { medianOf } from '#scripts/bench/median.ts'
import { type ReplayOnce, withAuthorities } from '#scripts/bench/replay/process-replay.ts'
import type { Claim } from '#test/claims/claim.ts'

const SIZES = { wallets: 2_000, payments: 40_000, tills: 8, days: 30, seed: 'replay' }
const RUNS = 5
const EFFICIENCY_MIN = 0.8
/** Different signatures, and how long they are checked. */
const CHECKED = 200
const CHECKED_MS = 500

export const claim: Claim = {
  area: 'speed',
  name: 'replay-efficient',
  bound:
    `replayEfficiency ≥ ${EFFICIENCY_MIN}: of the checks a second that as many threads do alone as the ` +
    `follower checks in (all cores but one), median of ${RUNS} interleaved runs; one real follower process, ` +
    'four idle authority processes that serve it on loopback, all on this machine',
  short: false,
  run: async ({ directory, progress }) => {
    progress('growing a ledger')
    const folder = await grow(join(directory, 'grown'), SIZES)
    const runs = await withAuthorities(folder, join(directory, 'run'), async (replay) => {
      const done: Figures[] = []
      for (let run = 1; run <= RUNS; run++) {
        progress(`run ${run} of ${RUNS}`)
        done.push(await figuresOf(folder, replay, `follower-${run}`))
      }
      return done
    })
    const figure = {
      replayPerSecond: middle(runs, 'replayPerSecond'),
      replayEfficiency: middle(runs, 'replayEfficiency'),
      ofAllCores: middle(runs, 'ofAllCores'),
      workersPerSecond: middle(runs, 'workersPerSecond'),
      cpuUsPerPayment: middle(runs, 'cpuUsPerPayment'),
      slowestAnswerMs: middle(runs, 'slowestAnswerMs'),
    }
    return { ok: figure.replayEfficiency >= EFFICIENCY_MIN, figure }
  },
}

type Figures = {
  readonly replayPerSecond: number
  readonly replayEfficiency: number
  /** Of the checks that all cores do together. */
  readonly ofAllCores: number
  readonly workersPerSecond: number
  readonly cpuUsPerPayment: number
  readonly slowestAnswerMs: number
}

/** Checks alone, then a replay: what else the machine does meets both. */
const figuresOf = async (
  { cast, file }: GrownFolder,
  replay: ReplayOnce,
  name: string,
): Promise<Figures> => {
  const range = { from: 0, to: CHECKED, timestampMs: file.endMs }
  const texts = saleContent(cast, file.sizes, range).map(({ text }) => text)
  const machine = { network: cast.networkId, ms: CHECKED_MS }
  const threads = Math.max(1, CORES - 1)
  const workersPerSecond = await measureChecks(texts, { ...machine, threads })
  const allPerSecond = await measureChecks(texts, machine)
  const { payments, seconds, cpuMs, slowestAnswerMs } = await replay({ name, checks: 'workers' })
  const replayPerSecond = payments / seconds
  return {
    replayPerSecond,
    replayEfficiency: replayPerSecond / workersPerSecond,
    ofAllCores: replayPerSecond / allPerSecond,
    workersPerSecond,
    cpuUsPerPayment: (cpuMs * 1_000) / payments,
    slowestAnswerMs,
  }
}

const middle = (runs: readonly Figures[], name: keyof Figures): number =>
  Number(medianOf(runs.map((run) => run[name])).toFixed(3))
