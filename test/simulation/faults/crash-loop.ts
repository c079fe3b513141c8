import type { Fault } from '../fault.ts'

export const crashLoop: Fault = {
  name: 'crashLoop',
  claim: 'a node that dies again and again soon after its start loses nothing',
  draw: (random, { honest, troubledMs }) => {
    const machines = random.shuffle(honest).slice(0, 1)
    const startMs = random.below(troubledMs)
    return Array.from({ length: random.between(3, 6) }, (_, turn) => ({
      atMs: Math.min(startMs + turn * 300, troubledMs),
      forMs: 0,
      machines,
      amount: random.between(1, 25),
    }))
  },
  strike: (federation, { machines, amount }) => {
    for (const machine of machines) {
      federation.machine(machine).boot()
      federation.machine(machine).endAfter(amount, 'power')
    }
  },
}
