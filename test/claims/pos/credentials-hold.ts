import type { Claim } from '#test/claims/claim.ts'
import { credentialsHold } from '../../support/credentials-hold.ts'

export const claim: Claim = {
  area: 'pos',
  name: 'credentials-hold',
  bound:
    'an API key works at one node and never beyond its grant; a revoked one is refused at once, with its stream and its webhook; a signed request counts once, also over a restart; a pairing code is one grant',
  short: true,
  timeoutMs: 300_000,
  run: credentialsHold,
}
