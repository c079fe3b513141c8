import type { LineChart } from '../chart.ts'
import type { ByAuthorities } from '../rounds/authorities.ts'

/** Throughput over the number of authorities, with the bound that falls with each further process. */
export const authoritiesChart = (
  rows: readonly ByAuthorities[],
  { cores }: { readonly cores: number },
): LineChart => ({
  title: 'Finalised payments a second by number of authorities',
  subtitle: `all of them and one venue on one machine of ${cores} cores; idle p50 ${rows
    .map(({ n, p50Ms }) => `${Math.round(p50Ms * 10) / 10} ms (${n})`)
    .join(', ')}`,
  x: { label: 'authorities' },
  y: { label: 'payments a second' },
  series: [
    { name: 'finalised', points: rows.map((row) => ({ x: row.n, y: row.finalisedPerSecond })) },
    {
      name: 'signature bound',
      points: rows.map(({ n, bound }) => ({ x: n, y: bound })),
      dashed: true,
    },
  ],
})
