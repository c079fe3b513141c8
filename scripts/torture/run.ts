import { appendFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startFederation } from '../federation/local-federation.ts'
import type { Manifest } from '../federation/manifest.ts'
import { servedUntil } from '../festival/evening.ts'
import { type Evening, prepareEvening } from '../festival/prepare.ts'
import { struckBy } from './blow.ts'
import { drawPlan } from './draw-plan.ts'
import type { Machine } from './machine.ts'
import { playRound, type RoundResult } from './round.ts'
import { settle } from './settle.ts'
import { castOf, type Props, type Stage, setUp, takeDown } from './stage.ts'
import { Tally } from './tally.ts'

export type TortureOptions = {
  readonly minutes: number
  readonly seed: number
  readonly machine: Machine
  /** One JSON object a line is added to it: every round, and in the end the report. */
  readonly results?: string
  /** Leaves the folders of the nodes where they are when something was wrong. */
  readonly keep?: boolean
  readonly tell: (line: string) => void
  readonly onProgress: (progress: { readonly elapsedMs: number; readonly text: string }) => void
  /** Rejects when somebody wants it to end. */
  readonly interrupted: Promise<never>
}

/** The figures of a torture, as `npm run torture -- --json` prints them. */
export type TortureReport = {
  /** Processes that were ended by SIGKILL. */
  readonly kills: number
  readonly partitions: number
  /** Applied: sales, refunds and top-ups. */
  readonly payments: number
  readonly lost: number
  readonly twice: number
  /** Heights at which nodes hold different blocks, and nodes that stopped over a contradiction. */
  readonly forks: number
  readonly conserved: boolean
  readonly seed: number
  readonly seconds: number
  /** Of the last block that an answer named. */
  readonly height: number
  readonly blows: Readonly<Record<string, number>>
  /** What this machine does not allow, and why. */
  readonly notOnThisMachine: Readonly<Record<string, string>>
  /** What else did not go as it must. */
  readonly faults: readonly string[]
}

const TILLS = 4
const IN_FLIGHT = 4
/** Cards enough that none meets its limit of a day. */
const WALLETS_MIN = 80
const WALLETS_A_MINUTE = 12
/** A till holds on through every cut there is, and what follows it. */
const PATIENCE_MS = 300_000

/** Harms a federation of its own under load, heals it, and accounts for every answer. */
export const runTorture = async (options: TortureOptions): Promise<TortureReport> => {
  const directory = await mkdtemp(join(tmpdir(), 'kermesse-torture-'))
  const { tell, keep = false } = options
  let isClean = false
  try {
    const report = await onStage(directory, options)
    isClean = isCleanReport(report)
    return report
  } finally {
    if (keep && !isClean) tell(`The folders of the nodes are in ${directory}`)
    else await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

export const isCleanReport = ({ lost, twice, forks, conserved, faults }: TortureReport): boolean =>
  lost + twice + forks + faults.length === 0 && conserved

const onStage = async (directory: string, options: TortureOptions): Promise<TortureReport> => {
  const { tell, machine, interrupted } = options
  const tally = new Tally()
  let props: Props | undefined
  let manifest: Manifest | undefined
  const onLost = (reason: string): void => {
    tell(reason)
    tally.fault(reason)
  }
  try {
    const federation = await startFederation({
      ...{ directory, ports: 'free', log: 'warn', onProgress: tell, onLost },
      prepare: async (made) => {
        manifest = made
        props = await setUp(directory, made, machine)
      },
      environmentOf: (name) => props?.clocks.get(name)?.environment ?? {},
    })
    if (props === undefined || manifest === undefined) throw new Error('nothing was prepared')
    const stage = { federation, cast: castOf(manifest, machine), props, tally }
    const torture = torment(stage, options)
    try {
      return await Promise.race([torture, interrupted])
    } finally {
      await federation.stop()
      // It ends because nothing can be started any more; a till that still waits is left behind.
      torture.catch(() => undefined)
    }
  } finally {
    if (props !== undefined) await takeDown(props)
  }
}

const torment = async (stage: Stage, options: TortureOptions): Promise<TortureReport> => {
  const { minutes, seed, machine, tell } = options
  const wallets = Math.max(WALLETS_MIN, Math.ceil(WALLETS_A_MINUTE * minutes))
  const sizes = { wallets, tills: TILLS, inFlight: IN_FLIGHT, patienceMs: PATIENCE_MS }
  const evening = await prepareEvening(stage.federation, sizes, tell)
  const before = evening.book.applied().length
  const startMs = performance.now()
  await playAll(stage, evening, options)
  const seconds = Math.round(performance.now() - startMs) / 1_000
  tell('Healed. Reconciling: balances, receipts, and the ledger on the disk of every node')
  const { lost, twice, broken, forks } = await settle(stage, evening)
  const { tally } = stage
  const report: TortureReport = {
    kills: tally.kills,
    partitions: tally.of('partition'),
    payments: evening.book.applied().length - before,
    lost: lost.length,
    twice: twice.length,
    forks: forks.length + tally.halted,
    conserved: broken.length === 0,
    ...{
      seed,
      seconds,
      height: evening.book.height(),
      blows: tally.blows,
      notOnThisMachine: notOn(machine),
    },
    faults: [...tally.faults, ...[...lost, ...twice, ...broken].slice(0, FAULTS_SHOWN)],
  }
  keepResult(options, report)
  return report
}

const FAULTS_SHOWN = 20

/** The load goes on from the first round to the last; then the tills learn what became of everything. */
const playAll = async (
  stage: Stage,
  { counters, book }: Evening,
  options: TortureOptions,
): Promise<void> => {
  const { minutes, seed, tell, onProgress } = options
  const { tally } = stage
  const lengthMs = minutes * 60_000
  const startMs = performance.now()
  const elapsed = (): number => performance.now() - startMs
  let isOver = false
  const load = servedUntil({ counters, inFlight: IN_FLIGHT }, () => isOver).catch(
    (error: unknown) => {
      isOver = true
      tally.fault(`a till gave up: ${error instanceof Error ? error.message : error}`)
    },
  )
  const watch = setInterval(() => {
    const text = `${book.entries.length} payments, ${tally.kills} kills, ${tally.of('partition')} partitions`
    onProgress({ elapsedMs: elapsed(), text })
  }, PROGRESS_MS)
  try {
    for (const round of drawPlan(seed, stage.cast, lengthMs)) {
      await pause(Math.max(0, round.atMs - elapsed()))
      if (isOver || tally.faults.length > 0 || elapsed() > lengthMs) break
      const result = await playRound(stage, round, elapsed())
      tell(lineOf(result))
      keepResult(options, result)
    }
    const isUnharmed = !isOver && tally.faults.length === 0
    if (isUnharmed) await pause(Math.max(0, lengthMs - elapsed()))
  } finally {
    isOver = true
    clearInterval(watch)
  }
  await load
}

const PROGRESS_MS = 1_000

const lineOf = (result: RoundResult): string => {
  const { beganMs, blow, beside, seconds, blocks, faults } = result
  const at = `${(beganMs / 1_000).toFixed(1)} s`.padStart(8)
  const also = beside === undefined ? '' : `, and a ${beside.blow.tag} of ${struckBy(beside.blow)}`
  const wrong = faults.map((fault) => `\n          FAULT: ${fault}`).join('')
  return `${at}  ${wordsOf(blow)}${also}: healed after ${seconds.toFixed(1)} s, ${blocks} blocks${wrong}`
}

const wordsOf = ({ tag, ...details }: RoundResult['blow']): string =>
  [tag, ...Object.entries(details).map(([name, value]) => `${name} ${textOf(value)}`)].join(' ')

const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.map((each) => (Array.isArray(each) ? each.join('+') : String(each))).join(' | ')
    : String(value)

const keepResult = ({ results }: TortureOptions, result: RoundResult | TortureReport): void => {
  if (results !== undefined) appendFileSync(results, `${JSON.stringify(result)}\n`)
}

const notOn = ({ mounts, limits, faketime }: Machine): Readonly<Record<string, string>> => ({
  ...(mounts === true ? {} : { full_disk: mounts, read_only_disk: mounts }),
  ...(limits === true ? {} : { failing_disk: limits }),
  ...(faketime === undefined ? { clock_step: 'no libfaketime: apt-get install libfaketime' } : {}),
})
