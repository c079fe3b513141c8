import type { Fault } from '../fault.ts'

export const clockStep: Fault = {
  name: 'clockStep',
  claim: 'a wall clock is set forward or back, and set right again',
  draw: (random, { machines, troubledMs }) =>
    Array.from({ length: random.between(1, 3) }, () => ({
      atMs: random.below(troubledMs),
      forMs: random.between(500, 6_000),
      machines: [random.below(machines)],
      amount: random.between(-3_000, 3_000),
    })),
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines) {
      federation.machine(machine).stepClock(amount)
      federation.later(forMs, () => federation.machine(machine).stepClock(-amount))
    }
  },
}
