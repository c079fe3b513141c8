import type { Fault } from '../fault.ts'

export const oneWayPartition: Fault = {
  name: 'oneWayPartition',
  claim: 'some machines hear and are not heard',
  draw: (random, { machines, troubledMs }) =>
    Array.from({ length: random.between(1, 2) }, () => {
      const all = Array.from({ length: machines }, (_, machine) => machine)
      return {
        atMs: random.below(troubledMs),
        forMs: random.between(200, 6_000),
        machines: random.shuffle(all).slice(0, random.between(1, Math.ceil(machines / 2))),
        amount: 0,
      }
    }),
  strike: (federation, { machines, forMs }) => {
    const pairs = machines.flatMap((from) =>
      federation.others(machines).map((to) => ({ from, to })),
    )
    for (const { from, to } of pairs) federation.network.cut(from, to)
    federation.later(forMs, () => {
      for (const { from, to } of pairs) federation.network.heal(from, to)
    })
  },
}
