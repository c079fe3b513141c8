import type { Claim } from '#test/claims/claim.ts'

export const claim: Claim = {
  area: 'sample',
  name: 'exits',
  bound: 'an outcome',
  short: false,
  run: async () => process.exit(0),
}
