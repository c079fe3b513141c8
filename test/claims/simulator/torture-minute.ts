import type { Claim } from '#test/claims/claim.ts'
import { tortured } from '../../support/torture-command.ts'

export const claim: Claim = {
  area: 'simulator',
  name: 'torture-minute',
  bound:
    'a minute of real processes under load, some killed, the network parted: lost 0, twice 0, forks 0, conserved',
  short: false,
  run: async (context) =>
    await tortured({ minutes: 1, killsMin: 1, partitionsMin: 1, timeoutMs: 580_000 }, context),
}
