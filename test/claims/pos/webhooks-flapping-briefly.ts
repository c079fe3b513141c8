import type { Claim } from '#test/claims/claim.ts'
import { webhooksFlapping } from '../../support/webhooks-flapping.ts'

const KILLS = 1

export const claim: Claim = {
  area: 'pos',
  name: 'webhooks-flapping-briefly',
  bound:
    'with a node that is killed and a receiver that is overloaded, hangs and resets, every event of a webhook arrives, in order',
  short: true,
  timeoutMs: 200_000,
  run: async (context) => await webhooksFlapping(context, KILLS),
}
