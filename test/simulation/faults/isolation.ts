import type { Fault } from '../fault.ts'

export const isolation: Fault = {
  name: 'isolation',
  claim:
    'one machine hears nobody and is heard by nobody, long enough for the others to go far ahead',
  draw: (random, { machines, troubledMs }) => [
    {
      atMs: random.below(troubledMs),
      forMs: random.between(2_000, 12_000),
      machines: [random.below(machines)],
      amount: 0,
    },
  ],
  strike: (federation, { machines, forMs }) => {
    const pairs = machines.flatMap((inside) =>
      federation.others(machines).flatMap((outside) => [
        { from: inside, to: outside },
        { from: outside, to: inside },
      ]),
    )
    for (const { from, to } of pairs) federation.network.cut(from, to)
    federation.later(forMs, () => {
      for (const { from, to } of pairs) federation.network.heal(from, to)
    })
  },
}
