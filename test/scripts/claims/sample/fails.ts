import type { Claim } from '#test/claims/claim.ts'

export const claim: Claim = {
  area: 'sample',
  name: 'fails',
  bound: 'lost 0',
  short: true,
  run: async () => ({ ok: false, figure: { lost: 1 } }),
}
