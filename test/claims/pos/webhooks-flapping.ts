import type { Claim } from '#test/claims/claim.ts'
import { webhooksFlapping } from '../../support/webhooks-flapping.ts'

const KILLS = 3

export const claim: Claim = {
  area: 'pos',
  name: 'webhooks-flapping',
  bound:
    'with a node that is killed three times and a receiver that is overloaded, hangs and resets, every event of a webhook arrives, in order',
  short: false,
  timeoutMs: 400_000,
  run: async (context) => await webhooksFlapping(context, KILLS),
}
