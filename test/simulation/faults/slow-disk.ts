import type { Fault } from '../fault.ts'

export const slowDisk: Fault = {
  name: 'slowDisk',
  claim: 'a disk takes up to a third of a second for a sync',
  draw: (random, { machines, troubledMs }) => [
    {
      atMs: random.below(troubledMs),
      forMs: random.between(500, 8_000),
      machines: [random.below(machines)],
      amount: random.between(20, 300),
    },
  ],
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines) {
      federation.machine(machine).setDisk({ min: 0, max: amount })
      federation.later(forMs, () => federation.machine(machine).setDisk(federation.swarm.syncMs))
    }
  },
}
