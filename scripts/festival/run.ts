import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FederationError } from '../federation/federation-error.ts'
import { prepareLeasing } from '../federation/leasing.ts'
import { type LocalFederation, startFederation } from '../federation/local-federation.ts'
import type { Manifest } from '../federation/manifest.ts'
import { Links } from '../links/links.ts'
import { accountFor } from './account.ts'
import type { Book } from './book.ts'
import type { Tap } from './counter.ts'
import { idlePhase, loadedPhase } from './evening.ts'
import { latencyOf } from './latency.ts'
import { type Endured, endure, type OfflineFigures, type Outage, settleCaptured } from './outage.ts'
import { type Evening, type EveningSizes, prepareEvening } from './prepare.ts'
import { turnAway } from './refusals.ts'
import { type StrikeKind, strikeOf } from './strike.ts'

export type FestivalOptions = EveningSizes & {
  readonly minutes: number
  /** Of one till, one after the other, before the loaded minutes. */
  readonly idleTaps: number
  /** In the midst of the loaded minutes; default: the ledger is there all the time. */
  readonly outage?: { readonly kind: StrikeKind; readonly seconds: number }
  /** Where the folder of the federation is made; default: where the system keeps what is temporary. */
  readonly directory?: string
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
  readonly offline: OfflineFigures | null
}

/** Whether nothing in it is as it must not be. */
export const isCleanEvening = ({ lost, twice, conserved, offline }: FestivalReport): boolean =>
  lost + twice === 0 && conserved && (offline === null || offline.overdrawn === 0)

const FAULTS_SHOWN = 20
const PROGRESS_MS = 5_000

/** What a venue keeps apart of a card, of what that was topped up with: enough for some minutes of this crowd. */
const LEASE_AMOUNT = 10_000
/** After the end of an outage, what waited for it is final by then, or has expired. */
const PATIENCE_AFTER_MS = 120_000
/** A cashier who has waited that long serves the next customer, and looks at the open payment later. */
const ASIDE_MS = 5_000

/** A whole evening on a federation of its own, in a directory that is gone afterwards. */
export const runFestival = async (options: FestivalOptions): Promise<FestivalReport> => {
  const directory = await mkdtemp(join(options.directory ?? tmpdir(), 'kermesse-festival-'))
  let links: Links | undefined
  try {
    const { tell, outage } = options
    const dead: string[] = []
    const onLost = (reason: string): void => {
      dead.push(reason)
      tell(reason)
    }
    const prepare = async (manifest: Manifest): Promise<void> => {
      if (outage === undefined) return
      links = await Links.lay(directory, manifest)
      await prepareLeasing(directory, manifest, LEASE_AMOUNT)
    }
    const told = { onProgress: tell, onLost }
    const federation = await startFederation({
      ...{ directory, ports: 'free', log: 'warn', prepare, ...told },
    })
    try {
      const report = await celebrate(federation, options, links)
      // Whatever the figures say: an evening in which a node died is not a clean one.
      if (dead.length > 0) throw new FederationError(dead.join('\n'))
      return report
    } finally {
      await federation.stop()
    }
  } finally {
    links?.close()
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

const celebrate = async (
  federation: LocalFederation,
  options: FestivalOptions,
  links: Links | undefined,
): Promise<FestivalReport> => {
  const { tell } = options
  const evening = await prepareEvening(federation, sizesOf(options), tell)
  const outage = links && outageOf(options, { federation, links })
  const { endured, ...figures } = await measure(evening, options, outage)
  if (outage) tell(`Asking what became of ${evening.book.captured().length} captured payments`)
  const offline = outage && endured ? await settleCaptured(evening, outage, endured) : undefined
  const refused = figures.refused + (await turnAway(evening.counters))
  tell('Reconciling: balances, receipts, and the ledger on the disk of every node')
  const { lost, twice, broken, overdrawn } = await accountFor(federation, evening)
  const faults = [...lost, ...twice, ...broken]
  for (const fault of faults.slice(0, FAULTS_SHOWN)) tell(`FAULT: ${fault}`)
  return {
    ...figures,
    refused,
    lost: lost.length,
    twice: twice.length,
    conserved: broken.length === 0,
    offline: offline === undefined ? null : { ...offline, overdrawn: overdrawn.length },
  }
}

/** With an outage venues keep money apart, and tills hold on to what is open until after it. */
const sizesOf = ({ outage, ...sizes }: FestivalOptions): EveningSizes => {
  if (outage === undefined) return sizes
  const patienceMs = outage.seconds * 1_000 + PATIENCE_AFTER_MS
  return { ...sizes, patienceMs, leaseAmount: LEASE_AMOUNT }
}

/** As long before it as after it. */
const outageOf = (
  { minutes, outage }: FestivalOptions,
  struck: { readonly federation: LocalFederation; readonly links: Links },
): Outage | undefined => {
  if (outage === undefined) return undefined
  const lastsMs = outage.seconds * 1_000
  const beginsAfterMs = Math.max(0, (minutes * 60_000 - lastsMs) / 2)
  return { strike: strikeOf(outage.kind, struck), beginsAfterMs, lastsMs }
}

type Figures = Omit<FestivalReport, 'lost' | 'twice' | 'conserved' | 'offline'> & {
  readonly endured: Endured | undefined
}

const measure = async (
  evening: Evening,
  { minutes, inFlight, idleTaps, tell }: FestivalOptions,
  outage: Outage | undefined,
): Promise<Figures> => {
  const { counters, book } = evening
  const [first] = counters
  if (first === undefined) throw new Error('a festival needs a till')
  const { p50Ms, p95Ms } = latencyOf(await idlePhase(first, idleTaps))
  tell(`Idle: p50 ${p50Ms} ms, p95 ${p95Ms} ms`)
  const before = book.entries.length
  const from = book.height()
  const crowd = { counters, inFlight, durationMs: minutes * 60_000 }
  const stopTelling = tellProgress(book, tell)
  const [seconds, endured] = await Promise.all([
    loadedPhase({ ...crowd, ...(outage && { asideMs: ASIDE_MS }) }),
    outage && endure(evening, outage, tell),
  ]).finally(stopTelling)
  const entries = book.entries.slice(before)
  const payments = entries.filter(({ verdict }) => verdict.status === 'applied').length
  const finalisedPerSecond = Math.round((payments / seconds) * 10) / 10
  const loaded = latencyOf(counters.flatMap(({ taps }) => timesOnline(taps)))
  const perBlock = Math.round(payments / Math.max(1, book.height() - from))
  tell(`Loaded: ${finalisedPerSecond} a second, ${perBlock} a block, p50 ${loaded.p50Ms} ms`)
  return {
    payments,
    refused: entries.filter(({ verdict }) => verdict.status === 'refused').length,
    seconds: Math.round(seconds * 1_000) / 1_000,
    finalisedPerSecond,
    idle: { p50Ms, p95Ms },
    loaded,
    endured,
  }
}

/** Of plain sales that the ledger decided. */
const timesOnline = (taps: readonly Tap[]): readonly number[] =>
  taps
    .filter(({ asked, status }) => asked === 'once' && !WITHOUT_LEDGER.has(status))
    .map(({ tookMs }) => tookMs)

const WITHOUT_LEDGER: ReadonlySet<Tap['status']> = new Set(['captured', 'lost', 'unavailable'])

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
