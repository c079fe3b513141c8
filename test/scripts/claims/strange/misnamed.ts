import type { Claim } from '#test/claims/claim.ts'

export const claim: Claim = {
  area: 'strange',
  name: 'another-name',
  bound: 'none',
  short: false,
  run: async () => ({ ok: true, figure: 0 }),
}
