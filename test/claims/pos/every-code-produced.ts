import type { Claim } from '#test/claims/claim.ts'
import { everyCode } from '../../support/codes/every-code.ts'

export const claim: Claim = {
  area: 'pos',
  name: 'every-code-produced',
  bound:
    'each code of the API but the refusals of state, answered over HTTP by a node that was brought to it, as the document says; those that no request is answered are named with the reason',
  short: false,
  timeoutMs: 600_000,
  run: everyCode,
}
