import type { Claim } from '#test/claims/claim.ts'
import { underLoad } from '../../support/federation-load.ts'

export const claim: Claim = {
  area: 'main',
  name: 'authority-killed-under-load',
  bound: 'payments go on while one of four is dead; it catches up; lost 0, twice 0, conserved',
  short: false,
  run: async ({ directory, progress }) =>
    await underLoad(directory, progress, async ({ federation, appliedDuring }) => {
      await federation.kill('authority-2')
      const meanwhile = await appliedDuring(4_000)
      await federation.restart('authority-2')
      return { meanwhile, ok: meanwhile > 0 }
    }),
}
