import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../federation/ports.ts'
import { lineChart } from './chart.ts'
import { measureGrown } from './costs/grown-figures.ts'
import { measureParts } from './costs/part-figures.ts'
import { CORES } from './machine/check-rate.ts'
import { storedBytesOf } from './machine/stored-bytes.ts'
import { openPeers, type PeerRates, type Peers } from './peers/peers.ts'
import { Inspectors, profiledLoad } from './profile/profiled-load.ts'
import { authoritiesChart } from './report/charts.ts'
import { type BenchReport, reportOf } from './report/report.ts'
import { byAuthorities, measureAuthorities } from './rounds/authorities.ts'
import { type HeadlineRound, headlineRound } from './rounds/headline.ts'
import { atStage } from './rounds/measure-stage.ts'
import { type BenchSizes, FULL, IN_FLIGHT, QUICK } from './rounds/sizes.ts'

export type BenchOptions = {
  /** One short round, without larger federations and without charts. */
  readonly quick: boolean
  /** Where the CPU profiles of all processes go; undefined: none are taken. */
  readonly profiles?: string
  /** Whether etcd and PostgreSQL are measured in the same rounds. */
  readonly peers?: boolean
  readonly tell: (line: string) => void
}

/** Of the federation that everything but `byAuthorities` is measured at. */
const AUTHORITIES = 4
/** With the venue. */
const NODES = AUTHORITIES + 1
const LARGER = [7, 10] as const
const DOCS = join(import.meta.dirname, '../../docs')

/** Measures limits and ours, round by round. Throws a `BenchFault` when something is wrong, never when it is slow. */
export const runBench = async ({
  quick,
  profiles,
  peers,
  tell,
}: BenchOptions): Promise<BenchReport> => {
  const sizes = quick ? QUICK : FULL
  const beside = peers === true ? await openPeers(IN_FLIGHT, tell) : undefined
  const run = { sizes, tell, profiles, peers: beside }
  const headline = await measureHeadline(run).finally(() => beside?.close())
  const { rounds, peerRounds, bytesPerTransaction } = headline
  const rows = [byAuthorities(AUTHORITIES, rounds)]
  if (!quick) {
    for (const authorities of LARGER)
      rows.push(await measureAuthorities({ authorities, sizes, tell }))
    await writeFile(
      join(DOCS, 'bench-authorities.svg'),
      lineChart(authoritiesChart(rows, { cores: CORES })),
    )
  }
  tell(`The steps of a payment on a ledger of ${sizes.balances} balances`)
  const parts = { ...measureParts(sizes), ...(!quick && (await measureGrown(tell))) }
  return reportOf({
    rounds,
    peerRounds,
    bytesPerTransaction,
    byAuthorities: rows,
    parts,
  })
}

type Headline = {
  readonly rounds: readonly HeadlineRound[]
  /** None where peers are not measured. */
  readonly peerRounds: readonly PeerRates[]
  readonly bytesPerTransaction: number
}

type HeadlineRun = {
  readonly sizes: BenchSizes
  readonly tell: (line: string) => void
  readonly profiles: string | undefined
  readonly peers: Peers | undefined
}

const measureHeadline = async ({
  sizes,
  tell,
  profiles,
  peers,
}: HeadlineRun): Promise<Headline> => {
  const inspectors = profiles === undefined ? undefined : new Inspectors(await freePorts(NODES))
  const environmentOf = (name: string) => inspectors?.environmentOf(name) ?? {}
  return await atStage({ authorities: AUTHORITIES, sizes, tell, environmentOf }, async (at) => {
    const [venue] = at.stage.federation.venues()
    const storedBytes = (): Promise<number> => storedBytesOf(venue?.directory ?? '')
    const before = await storedBytes()
    const sold = at.rounds.answered.applied
    const rounds: HeadlineRound[] = []
    const peerRounds: PeerRates[] = []
    for (let round = 1; round <= sizes.rounds; round += 1) {
      tell(`Round ${round} of ${sizes.rounds}`)
      rounds.push(await headlineRound(at))
      const load = { seconds: sizes.seconds, inFlight: IN_FLIGHT }
      if (peers !== undefined) peerRounds.push(await peers.measure(load))
    }
    const grown = (await storedBytes()) - before
    const bytesPerTransaction = grown / Math.max(1, at.rounds.answered.applied - sold)
    if (inspectors !== undefined && profiles !== undefined) {
      tell(`Profiling every process; profiles in ${profiles}`)
      for (const line of await profiledLoad(at, inspectors, profiles)) tell(line)
    }
    return { rounds, peerRounds, bytesPerTransaction }
  })
}
