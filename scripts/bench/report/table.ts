import type { PeerRate } from '../peers/peer.ts'
import type { BenchReport, Held } from './report.ts'

type Row = readonly [what: string, figure: string, heldAgainst: string]

/** The report as lines for a terminal: what, figure, and what that is held against. */
export const tableOf = (report: BenchReport): readonly string[] => {
  const rows = [
    ...rates(report),
    ...times(report),
    ...parts(report),
    ...byAuthorities(report),
    ...peers(report),
  ]
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length))
  const [first, second] = [width(0), width(1)]
  return [
    report.topology,
    '',
    ...rows.map(([what, figure, against]) =>
      `${what.padEnd(first)}  ${figure.padStart(second)}  ${against}`.trimEnd(),
    ),
  ]
}

const rates = (report: BenchReport): readonly Row[] => {
  const { finalisedPerSecond, signatureBoundPerSecond: bound, efficiency, overload } = report
  const cpu = Object.entries(report.cpuUsPerPayment).map(([name, us]) => `${name} ${us}`)
  return [
    ['signature checks, all cores', `${report.checksPerSecond}/s`, ''],
    rate('weak cards, batches', { finalisedPerSecond, bound, efficiency }),
    rate('weak cards, single requests', report.singleRequests),
    rate('secret cards, batches', report.secretCards),
    [
      'twice that load',
      percent(overload.goodputRatio),
      `of the rate at saturation; ${answered(overload)}`,
    ],
    ['CPU of a payment', '', `${cpu.join(', ')} µs`],
    ['CPU of the load', percent(report.loadCpuShare), 'of all cores'],
    ['CPU of other programs', percent(report.othersCpuShare), 'of all cores: 0 on a quiet machine'],
  ]
}

const rate = (what: string, { finalisedPerSecond, bound, efficiency }: Held): Row => [
  what,
  `${finalisedPerSecond}/s`,
  `${percent(efficiency)} of its bound of ${bound}/s`,
]

const answered = ({ refused, withRetryAfter }: BenchReport['overload']): string =>
  `${refused} turned away, ${withRetryAfter} of them told when to come back`

const times = (report: BenchReport): readonly Row[] => [
  ['idle tap to final answer, p50', ms(report.idleLatencyP50Ms), ''],
  ['idle tap to final answer, p95', ms(report.idleLatencyP95Ms), ''],
  ['tap at half of saturation, p95', ms(report.halfLoadLatencyP95Ms), ''],
  ['HTTP round trip on loopback, p50', ms(report.loopbackRoundTripP50Ms), ''],
  ['synced write, p50', ms(report.fsyncP50Ms), 'three lie in the way of a payment'],
]

const parts = (report: BenchReport): readonly Row[] => {
  const grown = report.grownWallets === null ? 's' : `s, ${report.grownWallets} wallets`
  const rows: readonly (readonly [string, number | null, string])[] = [
    ['decode', report.decodeUs, 'µs a payment'],
    ['apply', report.applyUs, 'µs a payment'],
    ['state root', report.stateRootUs, 'µs a payment'],
    ['replay', report.replayPerSecond, 'payments a second'],
    ['replay ÷ its bound', report.replayEfficiency, ''],
    ['grown ÷ empty ledger', report.grownRatio, 'in throughput'],
    ['start', report.startSeconds, grown],
    ['snapshot sync', report.snapshotSyncSeconds, grown],
    ['stored, a payment', report.bytesPerTransaction, 'bytes'],
    ['held, a wallet', report.bytesPerWallet, 'bytes'],
    ['memory of the largest process', report.rssMiB, 'MiB'],
  ]
  return rows.map(([what, figure, unit]) => [what, figure === null ? '–' : `${figure}`, unit])
}

const byAuthorities = (report: BenchReport): readonly Row[] =>
  report.byAuthorities.map(({ n, finalisedPerSecond, bound, p50Ms }) => [
    `${n} authorities`,
    `${finalisedPerSecond}/s`,
    `${percent(finalisedPerSecond / bound)} of its bound of ${bound}/s; idle p50 ${ms(p50Ms)}`,
  ])

const peers = ({ peers: measured }: BenchReport): readonly Row[] => {
  if (measured === null) return []
  const { etcd, postgresql, label, inFlight } = measured
  const row = (what: string, { perSecond, perSecondAt64, idleMs }: PeerRate): Row => [
    what,
    `${perSecond}/s`,
    `${label}; with ${inFlight} in flight (${perSecondAt64}/s with 64), a lone one ${ms(idleMs)}`,
  ]
  return [row('etcd, three members', etcd), row('PostgreSQL, one copy', postgresql)]
}

const percent = (share: number): string => `${Math.round(share * 100)} %`
const ms = (value: number): string => `${value} ms`
