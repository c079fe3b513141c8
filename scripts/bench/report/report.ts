import { medianBy, medianOf } from '../median.ts'
import { type PeerRates, peerMedians } from '../peers/peers.ts'
import type { ByAuthorities } from '../rounds/authorities.ts'
import type { HeadlineRound } from '../rounds/headline.ts'
import type { Overload, Saturation } from '../rounds/round.ts'
import { IN_FLIGHT } from '../rounds/sizes.ts'

/** A rate, and what it is held against. */
export type Held = {
  readonly finalisedPerSecond: number
  /** Payments a second if all processes did nothing but check signatures. */
  readonly bound: number
  readonly efficiency: number
}

/**
 * What `npm run bench` measured. Rates a second, times as their names say, shares of 0 to 1; null is
 * what this run did not measure. `docs/BENCHMARKS.md` says of each what it is.
 */
export type BenchReport = {
  readonly topology: string
  readonly checksPerSecond: number
  readonly verifyingProcesses: number
  readonly signatureBoundPerSecond: number
  readonly finalisedPerSecond: number
  readonly efficiency: number
  readonly loadCpuShare: number
  readonly idleLatencyP50Ms: number
  readonly idleLatencyP95Ms: number
  readonly halfLoadLatencyP95Ms: number
  readonly loopbackRoundTripP50Ms: number
  readonly fsyncP50Ms: number
  readonly decodeUs: number | null
  readonly applyUs: number | null
  readonly stateRootUs: number | null
  readonly replayPerSecond: number | null
  readonly replayEfficiency: number | null
  readonly grownRatio: number | null
  /** Of the ledger on disk that the next two and `bytesPerWallet` are of. */
  readonly grownWallets: number | null
  readonly startSeconds: number | null
  readonly snapshotSyncSeconds: number | null
  readonly bytesPerTransaction: number
  readonly bytesPerWallet: number | null
  readonly rssMiB: number
  readonly byAuthorities: readonly ByAuthorities[]
  readonly singleRequests: Held
  readonly secretCards: Held
  readonly overload: Overload
  readonly cpuUsPerPayment: Readonly<Record<string, number>>
  /** What others reach on this machine in the same rounds; null where it was not asked for. */
  readonly peers: (PeerRates & { readonly label: string; readonly inFlight: number }) | null
  /** Of all cores, what other programs used while the headline was measured. */
  readonly othersCpuShare: number
}

/** Of the rooms that measure parts of a node, and grown ledgers. */
export type PartFigures = Pick<
  BenchReport,
  'decodeUs' | 'applyUs' | 'stateRootUs' | 'replayPerSecond' | 'replayEfficiency' | 'grownRatio'
> &
  GrownFigures

/** Of a ledger on disk that has grown. */
export type GrownFigures = Pick<
  BenchReport,
  'grownWallets' | 'startSeconds' | 'snapshotSyncSeconds' | 'bytesPerWallet'
>

export const UNGROWN: GrownFigures = {
  grownWallets: null,
  startSeconds: null,
  snapshotSyncSeconds: null,
  bytesPerWallet: null,
}

export const UNMEASURED: PartFigures = {
  ...{ decodeUs: null, applyUs: null, stateRootUs: null },
  ...{ replayPerSecond: null, replayEfficiency: null, grownRatio: null },
  ...UNGROWN,
}

export type Measured = {
  readonly rounds: readonly HeadlineRound[]
  readonly peerRounds: readonly PeerRates[]
  readonly bytesPerTransaction: number
  readonly byAuthorities: readonly ByAuthorities[]
  readonly parts: PartFigures
}

const MIB = 1_048_576

/**
 * The report of some rounds. A rate and its bound are those of one round, the middle one by their
 * ratio: what else runs on the machine changes both. All other figures are medians by themselves.
 */
export const reportOf = ({ rounds, parts, ...measured }: Measured): BenchReport => {
  const headline = middleOf(rounds.map(({ batches }) => batches))
  const median = (figure: (round: HeadlineRound) => number): number => medianOf(rounds.map(figure))
  const processes = Object.keys(headline.cpuUs).length
  return {
    topology: `${processes - 1} authorities and one venue, a process each, on this machine; sales of weak cards by batch requests to the venue, ${IN_FLIGHT} payments in flight`,
    checksPerSecond: Math.round(headline.checksPerSecond),
    verifyingProcesses: processes,
    signatureBoundPerSecond: Math.round(headline.bound),
    finalisedPerSecond: Math.round(headline.finalisedPerSecond),
    efficiency: rounded(headline.efficiency),
    loadCpuShare: rounded(headline.cpu.load),
    idleLatencyP50Ms: median(({ idle }) => idle.p50Ms),
    idleLatencyP95Ms: median(({ idle }) => idle.p95Ms),
    halfLoadLatencyP95Ms: median(({ half }) => half.p95Ms),
    loopbackRoundTripP50Ms: median(({ roundTripMs }) => roundTripMs),
    fsyncP50Ms: median(({ syncMs }) => syncMs),
    ...parts,
    bytesPerTransaction: Math.round(measured.bytesPerTransaction),
    rssMiB: Math.round(median(({ resident }) => resident) / MIB),
    byAuthorities: measured.byAuthorities.map(roundedRow),
    singleRequests: heldOf(middleOf(rounds.map(({ singles }) => singles))),
    secretCards: heldOf(middleOf(rounds.map(({ secretCards }) => secretCards))),
    overload: overloadOf(rounds.map(({ overload }) => overload)),
    cpuUsPerPayment: microsecondsOf(headline),
    peers: measured.peerRounds.length === 0 ? null : peersOf(measured.peerRounds),
    othersCpuShare: rounded(headline.cpu.others),
  }
}

const middleOf = (saturations: readonly Saturation[]): Saturation =>
  medianBy(saturations, ({ efficiency }) => efficiency)

export const heldOf = ({ finalisedPerSecond, bound, efficiency }: Saturation): Held => ({
  finalisedPerSecond: Math.round(finalisedPerSecond),
  bound: Math.round(bound),
  efficiency: rounded(efficiency),
})

/** The middle ratio; what was turned away in all rounds together. */
export const overloadOf = (rounds: readonly Overload[]): Overload => ({
  goodputRatio: rounded(medianOf(rounds.map(({ goodputRatio }) => goodputRatio))),
  refused: rounds.reduce((sum, { refused }) => sum + refused, 0),
  withRetryAfter: rounds.reduce((sum, { withRetryAfter }) => sum + withRetryAfter, 0),
})

const peersOf = (rounds: readonly PeerRates[]) => ({
  label: 'crash-fault only, no signatures',
  inFlight: IN_FLIGHT,
  ...peerMedians(rounds),
})

const microsecondsOf = ({ cpuUs }: Saturation): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(cpuUs).map(([name, us]) => [name, Math.round(us)]))

const roundedRow = ({ n, finalisedPerSecond, p50Ms, bound }: ByAuthorities): ByAuthorities => ({
  ...{ n, finalisedPerSecond: Math.round(finalisedPerSecond), p50Ms, bound: Math.round(bound) },
})

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000
