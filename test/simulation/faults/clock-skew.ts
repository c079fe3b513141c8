import type { Fault } from '../fault.ts'

export const clockSkew: Fault = {
  name: 'clockSkew',
  claim: 'a wall clock is wrong for the whole time, by up to a second and a half',
  draw: (random, { machines, troubledMs }) => [
    {
      atMs: 0,
      forMs: troubledMs,
      machines: [random.below(machines)],
      amount: random.between(-1_500, 1_500),
    },
  ],
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines.map(federation.machine)) {
      machine.stepClock(amount)
      federation.later(forMs, () => machine.stepClock(-amount))
    }
  },
}
