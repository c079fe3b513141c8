import type { Claim } from '#test/claims/claim.ts'

export const claim: Claim = {
  area: 'sample',
  name: 'throws',
  bound: 'no error',
  short: false,
  run: async () => {
    throw new Error('the ledger halted')
  },
}
