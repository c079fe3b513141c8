import type { Claim } from '#test/claims/claim.ts'
import { underLoad } from '../../support/federation-load.ts'

const KILLED = ['authority-2', 'authority-3'] as const

export const claim: Claim = {
  area: 'main',
  name: 'authority-killed-under-load',
  bound:
    'one of four is killed with requests in flight, then another: payments go on, both catch up to one height; lost 0, twice 0, conserved',
  short: false,
  run: async ({ directory, progress }) =>
    await underLoad(directory, progress, async ({ federation, traffic, appliedDuring }) => {
      const inFlight: number[] = []
      const meanwhile: number[] = []
      for (const name of KILLED) {
        inFlight.push(traffic().inFlight)
        await federation.kill(name)
        meanwhile.push(await appliedDuring(4_000))
        await federation.restart(name)
        await appliedDuring(2_000)
      }
      const leastInFlight = Math.min(...inFlight)
      const leastMeanwhile = Math.min(...meanwhile)
      return { leastInFlight, leastMeanwhile, ok: leastInFlight > 0 && leastMeanwhile > 0 }
    }),
}
