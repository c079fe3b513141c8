import { describe, expect, it } from 'vitest'
import { type LineChart, lineChart, SERIES_MAX } from '#scripts/bench/chart.ts'

const chartOf = (changes: Partial<LineChart> = {}): LineChart => ({
  title: 'Cost per payment',
  subtitle: 'one process',
  x: { label: 'wallets', log: true },
  y: { label: 'µs' },
  series: [
    {
      name: 'root',
      points: [
        { x: 1_000, y: 2 },
        { x: 1_000_000, y: 4 },
      ],
    },
  ],
  ...changes,
})

/** Centres of the dots, in order. */
const dots = (svg: string) =>
  [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => ({
    x: Number(x),
    y: Number(y),
  }))

describe('a line chart', () => {
  it('shows twice as much twice as high above the zero of its axis', () => {
    const svg = lineChart(chartOf())
    const [low, high] = dots(svg)
    const zero = Number(/y1="([\d.]+)"/.exec(svg)?.[1])
    expect(zero - (high?.y ?? 0)).toBeCloseTo(2 * (zero - (low?.y ?? 0)), 0)
  })

  it('places equal ratios at equal distances on a logarithmic axis', () => {
    const points = [1_000, 10_000, 100_000].map((x) => ({ x, y: 1 }))
    const [a, b, c] = dots(lineChart(chartOf({ series: [{ name: 'root', points }] })))
    expect((b?.x ?? 0) - (a?.x ?? 0)).toBeCloseTo((c?.x ?? 0) - (b?.x ?? 0), 0)
  })

  it('draws a bound as a dashed line without dots', () => {
    const points = [
      { x: 1_000, y: 5 },
      { x: 1_000_000, y: 5 },
    ]
    const svg = lineChart(chartOf({ series: [{ name: 'bound', points, dashed: true }] }))
    expect(svg).toContain('class="line s0 dashed"')
    expect(dots(svg)).toEqual([])
  })

  it('names its axes, its lines and round values', () => {
    const svg = lineChart(chartOf())
    for (const name of ['>wallets<', '>µs<', '>root<', '>1 k<', '>1 M<', '>0<']) {
      expect(svg).toContain(name)
    }
  })

  it('is readable in light and in dark, and takes nothing from elsewhere', () => {
    const svg = lineChart(chartOf())
    expect(svg).toContain('prefers-color-scheme:dark')
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toContain('http')
  })

  it('writes what would be markup as text', () => {
    const svg = lineChart(chartOf({ title: 'a < b & c > d' }))
    expect(svg).toContain('>a &lt; b &amp; c &gt; d<')
  })

  it.each<[string, Partial<LineChart>]>([
    ['without a point', { series: [] }],
    [
      'with more lines than can be told apart',
      {
        series: Array.from({ length: SERIES_MAX + 1 }, () => ({
          name: 'x',
          points: [{ x: 1, y: 1 }],
        })),
      },
    ],
    ['of nothing on a logarithmic axis', { series: [{ name: 'x', points: [{ x: 0, y: 1 }] }] }],
  ])('is refused %s', (_, changes) => {
    expect(() => lineChart(chartOf(changes))).toThrow(RangeError)
  })
})
