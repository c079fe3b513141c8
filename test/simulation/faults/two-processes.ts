import { oneVictim } from '../draws.ts'
import type { Fault } from '../fault.ts'

export const twoProcesses: Fault = {
  name: 'twoProcesses',
  claim: 'two processes with one key, on copies of one directory, fork nothing',
  draw: oneVictim({ min: 1_000, max: 6_000 }, (random) => random.between(0, 1)),
  strike: (federation, { machines, forMs, amount }) => {
    for (const index of machines) {
      const machine = federation.machine(index)
      const double = federation.double(index)
      if (double === undefined) throw new Error(`no double of ${machine.who.name}`)
      machine.impair('key')
      // A copy that was made while the first one ran, or while it was off for a moment.
      if (amount === 1) machine.end('power')
      double.disk.restore(machine.disk.image())
      machine.boot()
      double.boot()
      federation.later(forMs, () => double.end('power'))
    }
  },
}
