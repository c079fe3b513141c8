import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FederationError } from '../federation/federation-error.ts'
import { type LocalFederation, startFederation } from '../federation/local-federation.ts'
import { accountFor } from './account.ts'
import type { Book } from './book.ts'
import { idlePhase, loadedPhase } from './evening.ts'
import { latencyOf } from './latency.ts'
import { type Evening, type EveningSizes, prepareEvening } from './prepare.ts'
import { turnAway } from './refusals.ts'

export type FestivalOptions = EveningSizes & {
  readonly minutes: number
  readonly tell: (line: string) => void
}

/** The figures of an evening, as `npm run festival -- --json` prints them. */
export type FestivalReport = {
  /** Applied in the loaded minutes: sales, refunds and top-ups. */
  readonly payments: number
  /** In the loaded minutes, and afterwards one payment at each till that nobody could pay. */
  readonly refused: number
  readonly seconds: number
  readonly finalisedPerSecond: number
  readonly idle: { readonly p50Ms: number; readonly p95Ms: number }
  readonly loaded: { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number }
  readonly lost: number
  readonly twice: number
  readonly conserved: boolean
  readonly offline: null
}

const FAULTS_SHOWN = 20
const PROGRESS_MS = 5_000

/** A whole evening on a federation of its own, in a directory that is gone afterwards. */
export const runFestival = async (options: FestivalOptions): Promise<FestivalReport> => {
  const directory = await mkdtemp(join(tmpdir(), 'kermesse-festival-'))
  try {
    const { tell } = options
    const dead: string[] = []
    const onLost = (reason: string): void => {
      dead.push(reason)
      tell(reason)
    }
    const told = { onProgress: tell, onLost }
    const federation = await startFederation({ directory, ports: 'free', log: 'warn', ...told })
    try {
      const report = await celebrate(federation, options)
      // Whatever the figures say: an evening in which a node died is not a clean one.
      if (dead.length > 0) throw new FederationError(dead.join('\n'))
      return report
    } finally {
      await federation.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

const celebrate = async (
  federation: LocalFederation,
  options: FestivalOptions,
): Promise<FestivalReport> => {
  const { tell } = options
  const evening = await prepareEvening(federation, options, tell)
  const figures = await measure(evening, options)
  const refused = figures.refused + (await turnAway(evening.counters))
  tell('Reconciling: balances, receipts, and the ledger on the disk of every node')
  const { lost, twice, broken } = await accountFor(federation, evening)
  const faults = [...lost, ...twice, ...broken]
  for (const fault of faults.slice(0, FAULTS_SHOWN)) tell(`FAULT: ${fault}`)
  return {
    ...figures,
    refused,
    lost: lost.length,
    twice: twice.length,
    conserved: broken.length === 0,
    offline: null,
  }
}

type Figures = Omit<FestivalReport, 'lost' | 'twice' | 'conserved' | 'offline'>

const measure = async (
  { counters, book }: Evening,
  { minutes, inFlight, tell }: FestivalOptions,
): Promise<Figures> => {
  const [first] = counters
  if (first === undefined) throw new Error('a festival needs a till')
  const { p50Ms, p95Ms } = latencyOf(await idlePhase(first))
  tell(`Idle: p50 ${p50Ms} ms, p95 ${p95Ms} ms`)
  const before = book.entries.length
  const from = book.height()
  const durationMs = minutes * 60_000
  const stopTelling = tellProgress(book, tell)
  const seconds = await loadedPhase({ counters, inFlight, durationMs }).finally(stopTelling)
  const entries = book.entries.slice(before)
  const payments = entries.filter(({ verdict }) => verdict.status === 'applied').length
  const finalisedPerSecond = Math.round((payments / seconds) * 10) / 10
  const loaded = latencyOf(counters.flatMap(({ timesMs }) => timesMs))
  const perBlock = Math.round(payments / Math.max(1, book.height() - from))
  tell(`Loaded: ${finalisedPerSecond} a second, ${perBlock} a block, p50 ${loaded.p50Ms} ms`)
  return {
    payments,
    refused: entries.filter(({ verdict }) => verdict.status === 'refused').length,
    seconds: Math.round(seconds * 1_000) / 1_000,
    finalisedPerSecond,
    idle: { p50Ms, p95Ms },
    loaded,
  }
}

const tellProgress = (book: Book, tell: (line: string) => void): (() => void) => {
  const before = book.entries.length
  let seen = before
  const timer = setInterval(() => {
    const now = book.entries.length
    const perSecond = Math.round((now - seen) / (PROGRESS_MS / 1_000))
    tell(`${now - before} payments, ${perSecond} a second`)
    seen = now
  }, PROGRESS_MS)
  return () => clearInterval(timer)
}
