import type { Fault } from '../fault.ts'

export const slowMachine: Fault = {
  name: 'slowMachine',
  claim: 'everything from and to one machine takes long',
  draw: (random, { machines, troubledMs }) => [
    {
      atMs: random.below(troubledMs),
      forMs: random.between(500, 8_000),
      machines: [random.below(machines)],
      amount: random.between(30, 400),
    },
  ],
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines) {
      federation.network.slow(machine, amount)
      federation.later(forMs, () => federation.network.slow(machine, -amount))
    }
  },
}
