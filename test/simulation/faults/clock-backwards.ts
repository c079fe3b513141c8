import type { Fault } from '../fault.ts'

export const clockBackwards: Fault = {
  name: 'clockBackwards',
  claim: 'a wall clock falls back again and again, and at last is set right',
  draw: (random, { machines, troubledMs }) => {
    const machine = random.below(machines)
    return Array.from({ length: random.between(2, 5) }, () => ({
      atMs: random.below(troubledMs),
      forMs: random.between(500, 5_000),
      machines: [machine],
      amount: random.between(20, 1_200),
    }))
  },
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines.map(federation.machine)) {
      machine.stepClock(-amount)
      federation.later(forMs, () => machine.stepClock(amount))
    }
  },
}
