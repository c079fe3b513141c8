import type { Fault } from '../fault.ts'

export const kill: Fault = {
  name: 'kill',
  claim: 'a killed process finds on its disk what it wrote, synced or not',
  draw: (random, { honest, troubledMs }) =>
    Array.from({ length: random.between(1, 3) }, () => ({
      atMs: random.below(troubledMs),
      forMs: random.between(1, 3_000),
      machines: random.shuffle(honest).slice(0, 1),
      amount: random.between(1, 60),
    })),
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines) {
      federation.machine(machine).endAfter(amount, 'kill')
      federation.later(forMs, () => federation.machine(machine).boot())
    }
  },
}
