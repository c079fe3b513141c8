import type { Fault } from '../fault.ts'

export const clockDrift: Fault = {
  name: 'clockDrift',
  claim: 'a wall clock runs fast or slow, and keeps what it gained or lost',
  draw: (random, { machines, troubledMs }) => [
    {
      atMs: random.below(troubledMs),
      forMs: random.between(1_000, 10_000),
      machines: [random.below(machines)],
      amount: random.between(-30, 30),
    },
  ],
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines.map(federation.machine)) {
      machine.driftClock(amount)
      federation.later(forMs, () => machine.driftClock(0))
    }
  },
}
