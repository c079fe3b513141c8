import type { Claim } from '#test/claims/claim.ts'
import { nodesOf } from '../../support/federation.ts'
import { underLoad } from '../../support/federation-load.ts'

export const claim: Claim = {
  area: 'main',
  name: 'all-killed-under-load',
  bound: 'after kill −9 of all six: the same ledger, payments go on; lost 0, twice 0, conserved',
  short: false,
  run: async ({ directory, progress }) =>
    await underLoad(directory, progress, async ({ federation, appliedDuring }) => {
      const names = nodesOf(federation).map(({ name }) => name)
      await Promise.all(names.map((name) => federation.kill(name)))
      await Promise.all(names.map((name) => federation.restart(name)))
      const afterwards = await appliedDuring(4_000)
      return { afterwards, ok: afterwards > 0 }
    }),
}
