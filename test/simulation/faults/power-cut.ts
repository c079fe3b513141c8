import type { Fault } from '../fault.ts'

export const powerCut: Fault = {
  name: 'powerCut',
  claim: 'every machine loses power at once, and the same ledger goes on',
  draw: (random, { machines, troubledMs }) => [
    {
      atMs: random.below(troubledMs),
      forMs: random.between(10, 2_000),
      machines: Array.from({ length: machines }, (_, machine) => machine),
      amount: 0,
    },
  ],
  strike: (federation, { machines, forMs }) => {
    for (const machine of machines) {
      federation.machine(machine).end('power')
      federation.later(forMs + ((machine * 37) % 200), () => federation.machine(machine).boot())
    }
  },
}
