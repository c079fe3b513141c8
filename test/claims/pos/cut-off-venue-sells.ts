import type { Claim } from '#test/claims/claim.ts'
import { LOCAL_P99_MAX_MS, sellsThrough } from '../../support/outage-claim.ts'

export const claim: Claim = {
  area: 'pos',
  name: 'cut-off-venue-sells',
  bound: `one of two venues parted from all other nodes for a minute under load: it takes most payments out of leases, local approval p99 ≤ ${LOCAL_P99_MAX_MS} ms; all final within 60 s of its return; lost 0, twice 0, conserved, overdrawn 0, its report lists what was lost`,
  short: false,
  timeoutMs: 900_000,
  run: async (context) =>
    await sellsThrough(context, {
      ...{ wallets: 400, tills: 8, minutes: 2 },
      outage: { kind: 'venue', seconds: 60 },
      p99MaxMs: LOCAL_P99_MAX_MS,
    }),
}
