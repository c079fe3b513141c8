import type { Claim } from '#test/claims/claim.ts'
import { LOCAL_P99_MAX_MS, sellsThrough } from '../../support/outage-claim.ts'

export const claim: Claim = {
  area: 'pos',
  name: 'authorities-stopped-venues-sell',
  bound: `two of four authorities stand still for a minute under load: both venues take most payments out of leases, local approval p99 ≤ ${LOCAL_P99_MAX_MS} ms; all final within 60 s of their return; lost 0, twice 0, conserved, overdrawn 0, the reports list what was lost`,
  short: false,
  timeoutMs: 900_000,
  run: async (context) =>
    await sellsThrough(context, {
      ...{ wallets: 400, tills: 8, minutes: 2 },
      outage: { kind: 'authorities', seconds: 60 },
      p99MaxMs: LOCAL_P99_MAX_MS,
    }),
}
