import type { Fault } from '../fault.ts'

export const diskFailure: Fault = {
  name: 'diskFailure',
  claim:
    'a disk whose acts all fail (EIO) ends the process at once, and costs nothing that was said',
  draw: (random, { honest, troubledMs }) =>
    Array.from({ length: random.between(1, 3) }, () => ({
      atMs: random.below(troubledMs),
      forMs: random.between(50, 4_000),
      machines: random.shuffle(honest).slice(0, 1),
      amount: 0,
    })),
  strike: (federation, { machines, forMs }) => {
    for (const machine of machines) {
      federation.machine(machine).disk.trouble('EIO')
      federation.later(forMs, () => {
        federation.machine(machine).disk.trouble(undefined)
        federation.machine(machine).boot()
      })
    }
  },
}
