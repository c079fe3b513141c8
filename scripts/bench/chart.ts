/** One line of a chart. A dashed one is a bound or a limit that others are held against. */
export type Series = {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly dashed?: boolean
}

export type LineChart = {
  readonly title: string
  readonly subtitle: string
  /** `label` ends with its unit. A logarithmic axis has only positive values. */
  readonly x: { readonly label: string; readonly log?: boolean }
  /** Begins at zero, so that what is twice as high is twice as much. */
  readonly y: { readonly label: string }
  /** At most as many as there are colours (`SERIES_MAX`). */
  readonly series: readonly Series[]
}

/** More lines than this cannot be told apart. */
export const SERIES_MAX = 6

/**
 * A line chart as the text of an SVG file without references: it looks the same in a browser, in a
 * README and on paper, in light and in dark. Throws without a point, or with too many series.
 */
export const lineChart = (chart: LineChart): string => {
  const { title, subtitle, series } = chart
  const points = series.flatMap((one) => one.points)
  if (points.length === 0) throw new RangeError('a chart without a point')
  if (series.length > SERIES_MAX) throw new RangeError(`${series.length} series`)
  const x =
    chart.x.log === true
      ? logAxis(points.map((p) => p.x))
      : linearAxis(
          0,
          points.map((p) => p.x),
        )
  const y = linearAxis(
    0,
    points.map((p) => p.y),
  )
  const frame: Frame = {
    left: (value) => LEFT + x.place(value) * PLOT_WIDTH,
    top: (value) => BOTTOM - y.place(value) * PLOT_HEIGHT,
  }
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title subtitle">`,
    STYLE,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    text({ id: 'title', kind: 'title', x: LEFT, y: 28 }, title),
    text({ id: 'subtitle', kind: 'quiet', x: LEFT, y: 47 }, subtitle),
    ...y.ticks.flatMap((tick) => horizontal(frame, tick)),
    ...x.ticks.flatMap((tick) => vertical(frame, tick)),
    text({ kind: 'quiet middle', x: LEFT + PLOT_WIDTH / 2, y: HEIGHT - 10 }, chart.x.label),
    text({ kind: 'quiet', x: LEFT, y: TOP - 10 }, chart.y.label),
    ...series.flatMap((one, index) => line(frame, one, index)),
    ...series.flatMap((one, index) => legend(one, index)),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

const WIDTH = 760
const HEIGHT = 440
const LEFT = 64
const TOP = 86
const BOTTOM = 380
const LEGEND_LEFT = 566
const LEGEND_LINE = 22
const PLOT_WIDTH = LEGEND_LEFT - LEFT - 24
const PLOT_HEIGHT = BOTTOM - TOP
/** Distance between the lines of a linear axis: about so many of them. */
const TICKS = 5

const COLOURS = [
  ['#0b6bcb', '#5aa9f7'],
  ['#b4540a', '#f0a35e'],
  ['#1a7f4b', '#56c78b'],
  ['#8a3ffc', '#b992ff'],
  ['#c2255c', '#ff7fa8'],
  ['#5c6470', '#a9b1bd'],
] as const

const STYLE = [
  '<style>',
  'text{font:12px system-ui,sans-serif;fill:#1c2128}',
  '.title{font-size:16px;font-weight:600}.quiet{fill:#57606a}.middle{text-anchor:middle}.end{text-anchor:end}',
  '.ground{fill:#fff}.grid{stroke:#d8dee4;stroke-width:1}.line{fill:none;stroke-width:2}.dashed{stroke-dasharray:6 5}',
  ...COLOURS.map(([light], index) => `.s${index}{stroke:${light}}.d${index}{fill:${light}}`),
  '@media (prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9da7b3}.ground{fill:#0d1117}.grid{stroke:#30363d}',
  ...COLOURS.map(([, dark], index) => `.s${index}{stroke:${dark}}.d${index}{fill:${dark}}`),
  '}</style>',
].join('\n')

/** A scale: where a value lies between 0 and 1, and which values are named. */
type Axis = { readonly place: (value: number) => number; readonly ticks: readonly number[] }
type Frame = { readonly left: (x: number) => number; readonly top: (y: number) => number }

function linearAxis(from: number, values: readonly number[]): Axis {
  const step = niceStep((Math.max(...values, from + Number.MIN_VALUE) - from) / TICKS)
  const count = Math.max(1, Math.ceil((Math.max(...values) - from) / step - 1e-9))
  const to = from + count * step
  return {
    place: (value) => (value - from) / (to - from),
    ticks: Array.from({ length: count + 1 }, (_, index) => from + index * step),
  }
}

/** Whole powers of ten around the values. */
function logAxis(values: readonly number[]): Axis {
  if (values.some((value) => value <= 0))
    throw new RangeError('a logarithm of what is not positive')
  const from = Math.floor(Math.log10(Math.min(...values)) + 1e-9)
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9))
  return {
    place: (value) => (Math.log10(value) - from) / (to - from),
    ticks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)),
  }
}

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten. */
function niceStep(least: number): number {
  if (least < Number.EPSILON) return 1
  const power = 10 ** Math.floor(Math.log10(least))
  const factor = [1, 2, 2.5, 5].find((each) => each * power >= least * (1 - 1e-9)) ?? 10
  return factor * power
}

function horizontal({ top }: Frame, tick: number): readonly string[] {
  const y = rounded(top(tick))
  return [
    `<line class="grid" x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${y}" y2="${y}"/>`,
    text({ kind: 'quiet end', x: LEFT - 8, y: y + 4 }, shortNumber(tick)),
  ]
}

function vertical({ left }: Frame, tick: number): readonly string[] {
  const x = rounded(left(tick))
  return [
    `<line class="grid" x1="${x}" x2="${x}" y1="${BOTTOM}" y2="${BOTTOM + 5}"/>`,
    text({ kind: 'quiet middle', x, y: BOTTOM + 20 }, shortNumber(tick)),
  ]
}

function line(
  { left, top }: Frame,
  { points, dashed = false }: Series,
  index: number,
): readonly string[] {
  const places = points.map(({ x, y }) => `${rounded(left(x))},${rounded(top(y))}`)
  const path = `<polyline class="line s${index}${dashed ? ' dashed' : ''}" points="${places.join(' ')}"/>`
  if (dashed) return [path]
  const dots = points.map(
    ({ x, y }) =>
      `<circle class="d${index}" cx="${rounded(left(x))}" cy="${rounded(top(y))}" r="3.5">` +
      `<title>${shortNumber(x)}: ${shortNumber(y)}</title></circle>`,
  )
  return [path, ...dots]
}

function legend({ name, dashed = false }: Series, index: number): readonly string[] {
  const y = TOP + 6 + index * LEGEND_LINE
  return [
    `<line class="line s${index}${dashed ? ' dashed' : ''}" x1="${LEGEND_LEFT}" x2="${LEGEND_LEFT + 24}" y1="${y}" y2="${y}"/>`,
    text({ kind: 'plain', x: LEGEND_LEFT + 32, y: y + 4 }, name),
  ]
}

type Place = { readonly id?: string; readonly kind: string; readonly x: number; readonly y: number }

function text({ id, kind, x, y }: Place, content: string): string {
  const named = id === undefined ? '' : ` id="${id}"`
  return `<text${named} class="${kind}" x="${x}" y="${y}">${escaped(content)}</text>`
}

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const rounded = (value: number): number => Math.round(value * 10) / 10

/** Three significant digits, with k and M: `2.5 k`. */
const shortNumber = (value: number): string => {
  const [scale, unit] = value >= 1e6 ? [1e6, ' M'] : value >= 1e3 ? [1e3, ' k'] : [1, '']
  return `${Number((value / scale).toPrecision(3))}${unit}`
}
