import { type ByAuthorities, measureAuthorities } from '#scripts/bench/rounds/authorities.ts'
import { FULL } from '#scripts/bench/rounds/sizes.ts'
import type { Claim } from '#test/claims/claim.ts'
import { SPEED_TIMEOUT_MS } from '../../support/speed-claim.ts'

const NUMBERS = [4, 7, 10] as const

export const claim: Claim = {
  area: 'speed',
  name: 'by-authorities',
  bound: `with ${NUMBERS.join(', ')} authorities and one venue on this machine: payments become final, all nodes agree; rate, idle p50 and the bound of each, the middle of 5 rounds`,
  short: false,
  timeoutMs: SPEED_TIMEOUT_MS,
  run: async ({ progress }) => {
    const rows: ByAuthorities[] = []
    for (const authorities of NUMBERS) {
      rows.push(await measureAuthorities({ authorities, sizes: FULL, tell: progress }))
    }
    return {
      ok: rows.every(({ finalisedPerSecond }) => finalisedPerSecond > 0),
      figure: Object.fromEntries(
        rows.map(({ n, finalisedPerSecond, bound, p50Ms }) => [
          `n${n}`,
          {
            ...{ finalisedPerSecond: Math.round(finalisedPerSecond), bound: Math.round(bound) },
            ...{ efficiency: Math.round((1_000 * finalisedPerSecond) / bound) / 1_000, p50Ms },
          },
        ]),
      ),
    }
  },
}
