import type { Fault } from '../fault.ts'

/** Effects after which at most a crash happens: some blocks' worth of votes and writes. */
const EFFECTS_MAX = 120

export const crashAtEffect: Fault = {
  name: 'crashAtEffect',
  claim: 'a node loses power before or after any write or message, and comes back from its disk',
  draw: (random, { honest, troubledMs }) =>
    Array.from({ length: random.between(1, 5) }, () => ({
      atMs: random.below(troubledMs),
      forMs: random.between(50, 4_000),
      machines: random.shuffle(honest).slice(0, 1),
      amount: random.between(1, EFFECTS_MAX),
    })),
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines) {
      federation.machine(machine).endAfter(amount, 'power')
      federation.later(forMs, () => federation.machine(machine).boot())
    }
  },
}
