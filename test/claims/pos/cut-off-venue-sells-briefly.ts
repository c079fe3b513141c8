import type { Claim } from '#test/claims/claim.ts'
import { sellsThrough } from '../../support/outage-claim.ts'

export const claim: Claim = {
  area: 'pos',
  name: 'cut-off-venue-sells-briefly',
  bound:
    'one of two venues parted from all other nodes for twelve seconds: it takes most payments out of leases; all final within 60 s of its return; lost 0, twice 0, conserved, overdrawn 0',
  short: true,
  timeoutMs: 200_000,
  run: async (context) =>
    await sellsThrough(context, {
      ...{ wallets: 16, tills: 2, minutes: 0.3 },
      outage: { kind: 'venue', seconds: 12 },
      p99MaxMs: Number.POSITIVE_INFINITY,
    }),
}
