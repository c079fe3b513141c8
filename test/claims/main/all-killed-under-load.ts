import type { Claim } from '#test/claims/claim.ts'
import { nodesOf } from '../../support/federation.ts'
import { underLoad } from '../../support/federation-load.ts'

const ROUNDS = 2

export const claim: Claim = {
  area: 'main',
  name: 'all-killed-under-load',
  bound:
    'each kill −9 of all six cuts off requests; the same ledger goes on; one height, lost 0, twice 0, conserved',
  short: false,
  run: async ({ directory, progress }) =>
    await underLoad(directory, progress, async ({ federation, traffic, appliedDuring }) => {
      const names = nodesOf(federation).map(({ name }) => name)
      const cuts: number[] = []
      const afterwards: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = traffic().cut
        await Promise.all(names.map((name) => federation.kill(name)))
        await Promise.all(names.map((name) => federation.restart(name)))
        afterwards.push(await appliedDuring(4_000))
        cuts.push(traffic().cut - before)
      }
      const leastCut = Math.min(...cuts)
      const leastAfterwards = Math.min(...afterwards)
      return { leastCut, leastAfterwards, ok: leastCut > 0 && leastAfterwards > 0 }
    }),
}
