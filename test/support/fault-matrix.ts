import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { z } from 'zod'
import type { LocalFederation, RunningVenue } from '#scripts/federation/local-federation.ts'
import { readLedgers } from '#scripts/festival/account.ts'
import { effectKey } from '#scripts/festival/audit.ts'
import type { ClaimOutcome } from '#test/claims/claim.ts'
import { FaultProxy, NETWORK_CUTS, type NetworkCut, type Stop } from './fault-proxy.ts'
import { TILL_DEATHS, type TillErrand } from './fault-till.ts'
import { venueOf, withFederation } from './federation.ts'
import { compared, type Row } from './federation-claim.ts'
import { FederationTill, saidBy } from './federation-till.ts'

/** Where what fails while a card is charged. */
type Point =
  | { readonly dies: 'till'; readonly at: (typeof TILL_DEATHS)[number] }
  | { readonly dies: 'node' | 'network'; readonly at: NetworkCut }

const POINTS: readonly Point[] = [
  ...TILL_DEATHS.map((at) => ({ dies: 'till', at }) as const),
  ...NETWORK_CUTS.map((at) => ({ dies: 'node', at }) as const),
  ...NETWORK_CUTS.map((at) => ({ dies: 'network', at }) as const),
]

export type FaultMatrix = {
  /** Payments at each point. */
  readonly runs: number
  /** Payments at one time: one kill of a node hits all of them at their point. */
  readonly atOnce: number
}

const PRICE = 1
const VENUE = 0
/** A till that says nothing for so long is a failure. */
const TILL_WAIT_MS = 120_000
const SCRIPT = join(import.meta.dirname, 'fault-till.ts')

/** One payment: what the till says it came to, and how it got there. */
type Run = {
  readonly point: Point
  readonly id: string
  readonly told: string
  readonly hit: boolean
}

/** Kills a till, its node and the network between them at every point of a payment. */
export const runFaultMatrix = async (
  directory: string,
  { runs, atOnce }: FaultMatrix,
  progress: (text: string) => void,
): Promise<ClaimOutcome> =>
  await withFederation(directory, async (federation) => {
    const till = new FederationTill(venueOf(federation, VENUE))
    const secret = Buffer.from(v7().replaceAll('-', ''), 'hex').toString('hex')
    const funds = runs * POINTS.length * PRICE
    await till.client.post('/v1/cards', { secret, activate: true })
    await till.topUp({ secret }, funds)
    const done: Run[] = []
    for (const [index, point] of POINTS.entries()) {
      for (let run = 0; run < runs; run += atOnce) {
        progress(`${point.dies} ${point.at}: ${run} of ${runs} (${index + 1} of ${POINTS.length})`)
        const count = Math.min(atOnce, runs - run)
        done.push(...(await runAtOnce({ federation, directory, secret }, point, count)))
      }
    }
    const rows = [
      ...(await apiRows(till, { done, funds, secret })),
      ...(await diskRows(federation, done)),
    ]
    till.close()
    return { ...compared(rows), ...figureOf(done, compared(rows)) }
  })

type Place = {
  readonly federation: LocalFederation
  readonly directory: string
  readonly secret: string
}

const runAtOnce = async (place: Place, point: Point, count: number): Promise<readonly Run[]> => {
  const { federation } = place
  const venue = venueOf(federation, VENUE)
  const reached = new Barrier(count)
  const stop = stopAt(point, reached)
  const killing = point.dies === 'node' ? killNode(federation, venue, reached) : Promise.resolve()
  const runs = await Promise.all(
    Array.from({ length: count }, () => runOne(place, { venue, point, stop })),
  )
  await killing
  return runs
}

const stopAt = (point: Point, reached: Barrier): Stop | undefined => {
  if (point.dies === 'till') return undefined
  const then = point.dies === 'node' ? () => reached.arrive() : async () => undefined
  return { at: point.at, then }
}

/** Once all payments are at their point; and up again, where it was. */
const killNode = async (
  federation: LocalFederation,
  { name }: RunningVenue,
  reached: Barrier,
): Promise<void> => {
  await reached.all
  await federation.kill(name)
  reached.open()
  await federation.restart(name)
}

type Running = {
  readonly venue: RunningVenue
  readonly point: Point
  readonly stop: Stop | undefined
}

const runOne = async (
  { directory, secret }: Place,
  { venue, point, stop }: Running,
): Promise<Run> => {
  const id = v7()
  const proxy = await FaultProxy.open(Number(new URL(venue.apiUrl).port), stop)
  const errand: TillErrand = {
    url: proxy.url,
    key: venue.apiKey,
    directory: join(directory, 'journals', id),
    id,
    secret,
    amount: PRICE,
  }
  try {
    const death = point.dies === 'till' ? { death: point.at } : {}
    const first = await tillRun({ ...errand, ...death })
    const hit = point.dies === 'till' ? first.signal === 'SIGKILL' : proxy.isDone
    // It is started again over the same journal, settles what is open, and sends the same id once more.
    const again = await tillRun(errand)
    const told =
      first.told === ''
        ? again.told
        : `${first.told}${first.told === again.told ? '' : ` ${again.told}`}`
    return { point, id, told, hit }
  } finally {
    proxy.close()
  }
}

/** Runs a till of its own process to its end. */
const tillRun = async (
  errand: TillErrand,
): Promise<{ readonly told: string; readonly signal: string | null }> => {
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify(errand)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: TILL_WAIT_MS,
    killSignal: 'SIGABRT',
  })
  let told = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  const [, signal] = await once(child, 'close')
  return { told: told.trim(), signal: typeof signal === 'string' ? signal : null }
}

/** What the node says of each id is what its till was told, and the card paid for no more than that. */
const apiRows = async (
  till: FederationTill,
  {
    done,
    funds,
    secret,
  }: { readonly done: readonly Run[]; readonly funds: number; readonly secret: string },
): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (const run of done) {
    rows.push([`${nameOf(run)}: came to its point`, run.hit, true])
    rows.push([`${nameOf(run)}: ledger and till`, saidBy(await till.outcome(run.id)), run.told])
  }
  const registered = await till.client.post('/v1/cards', { secret, activate: true })
  const { card } = Registered.parse(registered.body)
  const charged = done.filter(({ told }) => told === 'applied').length
  return [...rows, ['left on the card', await till.balance(card.id), funds - charged * PRICE]]
}

const Registered = z.object({ card: z.object({ id: z.string() }) })

/** On every disk each payment has the effect that its till was told, and no other. */
const diskRows = async (
  federation: LocalFederation,
  done: readonly Run[],
): Promise<readonly Row[]> => {
  const { placeId } = venueOf(federation, VENUE)
  const ledgers = await readLedgers(federation)
  return ledgers.flatMap(({ name, ledger }) =>
    done.map((run): Row => {
      const effects = ledger.effects.get(effectKey(placeId, run.id)) ?? 0
      return [`${nameOf(run)} at ${name}`, effects, run.told === 'applied' ? 1 : 0]
    }),
  )
}

const nameOf = ({ point, id }: Run): string => `${point.dies} ${point.at} ${id}`

const figureOf = (
  done: readonly Run[],
  { ok, figure }: ClaimOutcome,
): Pick<ClaimOutcome, 'figure'> => {
  const told = Map.groupBy(done, (run) => run.told)
  const counts = Object.fromEntries([...told].map(([name, runs]) => [name, runs.length]))
  const held = ok ? {} : { not: figure }
  return { figure: { points: POINTS.length, payments: done.length, ...counts, ...held } }
}

/** Where some wait until all have come and the way is opened. */
class Barrier {
  readonly #opened = Promise.withResolvers<void>()
  readonly #all = Promise.withResolvers<void>()
  #missing: number

  constructor(count: number) {
    this.#missing = count
  }

  get all(): Promise<void> {
    return this.#all.promise
  }

  arrive(): Promise<void> {
    this.#missing -= 1
    if (this.#missing === 0) this.#all.resolve()
    return this.#opened.promise
  }

  open(): void {
    this.#opened.resolve()
  }
}
