import type { Fault } from '../fault.ts'

export const flappingLink: Fault = {
  name: 'flappingLink',
  claim: 'links break and are made again, with what was on its way lost',
  draw: (random, { machines, troubledMs }) =>
    Array.from({ length: random.between(2, 10) }, () => {
      const all = Array.from({ length: machines }, (_, machine) => machine)
      return {
        atMs: random.below(troubledMs),
        forMs: 0,
        machines: random.shuffle(all).slice(0, 2),
        amount: 0,
      }
    }),
  strike: (federation, { machines }) => {
    const [a, b] = machines
    if (a !== undefined && b !== undefined) federation.network.flap(a, b)
  },
}
