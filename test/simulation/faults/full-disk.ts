import type { Fault } from '../fault.ts'

export const fullDisk: Fault = {
  name: 'fullDisk',
  claim:
    'a disk with no room left (ENOSPC) ends the process, which goes on once there is room again',
  draw: (random, { honest, troubledMs }) =>
    Array.from({ length: random.between(1, 3) }, () => ({
      atMs: random.below(troubledMs),
      forMs: random.between(50, 4_000),
      machines: random.shuffle(honest).slice(0, 1),
      amount: 0,
    })),
  strike: (federation, { machines, forMs }) => {
    for (const machine of machines) {
      federation.machine(machine).disk.trouble('ENOSPC')
      federation.later(forMs, () => {
        federation.machine(machine).disk.trouble(undefined)
        federation.machine(machine).boot()
      })
    }
  },
}
