import type { Fault } from '../fault.ts'

export const pause: Fault = {
  name: 'pause',
  claim: 'a process stands still for seconds and then hears everything at once',
  draw: (random, { machines, troubledMs }) =>
    Array.from({ length: random.between(1, 3) }, () => ({
      atMs: random.below(troubledMs),
      forMs: random.between(100, 4_000),
      machines: [random.below(machines)],
      amount: 0,
    })),
  strike: (federation, { machines, forMs }) => {
    for (const machine of machines) {
      federation.machine(machine).pause(federation.agenda.nowMs() + forMs)
    }
  },
}
