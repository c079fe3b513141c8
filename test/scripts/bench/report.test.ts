import { describe, expect, it } from 'vitest'
import { figureIn } from '#scripts/bench/peers/postgresql.ts'
import { authoritiesChart } from '#scripts/bench/report/charts.ts'
import { reportOf, UNMEASURED } from '#scripts/bench/report/report.ts'
import { tableOf } from '#scripts/bench/report/table.ts'
import { byAuthorities } from '#scripts/bench/rounds/authorities.ts'
import type { HeadlineRound } from '#scripts/bench/rounds/headline.ts'
import type { Saturation } from '#scripts/bench/rounds/round.ts'

const latency = (p50Ms: number) => ({ p50Ms, p95Ms: 2 * p50Ms, p99Ms: 3 * p50Ms })

const saturation = (finalisedPerSecond: number, bound: number): Saturation => ({
  checksPerSecond: 5 * bound,
  bound,
  finalisedPerSecond,
  efficiency: finalisedPerSecond / bound,
  latency: latency(50),
  cpu: { nodesMs: {}, load: 0.1, others: 0 },
  cpuUs: {
    'authority-1': 200,
    'authority-2': 200,
    'authority-3': 200,
    'authority-4': 200,
    'venue-1': 250.4,
  },
})

const round = (finalisedPerSecond: number, bound: number, p50Ms: number): HeadlineRound => ({
  batches: saturation(finalisedPerSecond, bound),
  singles: saturation(finalisedPerSecond / 2, bound),
  secretCards: saturation(finalisedPerSecond / 2, bound / 2),
  idle: latency(p50Ms),
  half: latency(p50Ms * 2),
  overload: { goodputRatio: 0.9, refused: 100, withRetryAfter: 90 },
  roundTripMs: 0.3,
  syncMs: 0.2,
  resident: 400 * 1_048_576,
})

/** The middle one by its ratio is not the middle one by its rate. */
const rounds = [round(6_000, 10_000, 9), round(3_000, 8_000, 7), round(5_000, 9_000, 8)]
const report = reportOf({
  rounds,
  peerRounds: [],
  bytesPerTransaction: 900.4,
  byAuthorities: [byAuthorities(4, rounds)],
  parts: UNMEASURED,
})

describe('a report', () => {
  it('has rate, bound and ratio of one round', () => {
    expect(report.finalisedPerSecond).toBe(5_000)
    expect(report.signatureBoundPerSecond).toBe(9_000)
    expect(report.checksPerSecond).toBe(45_000)
    expect(report.efficiency).toBeCloseTo(5_000 / 9_000, 3)
  })

  it('has the medians of times, each by itself', () => {
    expect(report.idleLatencyP50Ms).toBe(8)
    expect(report.halfLoadLatencyP95Ms).toBe(32)
  })

  it('adds up who was turned away', () => {
    expect(report.overload).toEqual({ goodputRatio: 0.9, refused: 300, withRetryAfter: 270 })
  })

  it('says what was not measured, and invents nothing', () => {
    expect(report.replayPerSecond).toBeNull()
    expect(tableOf(report).find((line) => line.startsWith('replay '))).toMatch(/–/)
  })

  it('shows each rate with its bound', () => {
    const lines = tableOf(report).filter((line) => line.includes('/s') && !line.includes('checks'))
    expect(lines).toHaveLength(4)
    for (const line of lines) expect(line).toMatch(/bound of \d+\/s/)
  })
})

describe('peers', () => {
  const rate = (perSecond: number) => ({ perSecond, perSecondAt64: 2 * perSecond, idleMs: 3 })

  it('are medians of the same rounds, and said to do less', () => {
    const peerRounds = [1_000, 3_000, 2_000].map((perSecond) => ({
      etcd: rate(perSecond),
      postgresql: rate(2 * perSecond),
    }))
    const measured = { rounds, bytesPerTransaction: 1, byAuthorities: [], parts: UNMEASURED }
    const { peers } = reportOf({ ...measured, peerRounds })
    expect(peers).toEqual({
      label: 'crash-fault only, no signatures',
      inFlight: 512,
      etcd: { perSecond: 2_000, perSecondAt64: 4_000, idleMs: 3 },
      postgresql: { perSecond: 4_000, perSecondAt64: 8_000, idleMs: 3 },
    })
  })

  it('are null where nobody asked for them', () => {
    expect(report.peers).toBeNull()
  })

  it('that failed payments are measured by no figure', () => {
    const output = 'number of failed transactions: 3 (0.1%)\ntps = 100.5 (without initial)\n'
    expect(() => figureIn(output, /^tps = ([\d.]+)/m)).toThrow('failed')
    expect(figureIn(output.replace('3', '0'), /^tps = ([\d.]+)/m)).toBe(100.5)
  })
})

describe('the chart of authorities', () => {
  it('has what was finalised, and a dashed bound, for each number of them', () => {
    const rows = [
      byAuthorities(4, rounds),
      { n: 7, finalisedPerSecond: 3_000, bound: 6_000, p50Ms: 12 },
    ]
    const [finalised, bound] = authoritiesChart(rows, { cores: 2 }).series
    expect(finalised?.points).toEqual([
      { x: 4, y: 5_000 },
      { x: 7, y: 3_000 },
    ])
    expect(bound).toMatchObject({
      dashed: true,
      points: [
        { x: 4, y: 9_000 },
        { x: 7, y: 6_000 },
      ],
    })
  })
})
