import type { Fault } from '../fault.ts'

export const lostJournal: Fault = {
  name: 'lostJournal',
  claim: 'a node whose vote journal is gone says no vote that it cannot remember having given',
  draw: (random, { victims, troubledMs }) =>
    random
      .shuffle(victims)
      .slice(0, 1)
      .map((victim) => ({
        atMs: random.below(troubledMs),
        forMs: random.between(50, 3_000),
        machines: [victim],
        amount: 0,
      })),
  strike: (federation, { machines, forMs }) => {
    for (const machine of machines.map(federation.machine)) {
      machine.impair()
      machine.end('power')
      machine.disk.eraseJournal()
      federation.later(forMs, () => machine.boot())
    }
  },
}
