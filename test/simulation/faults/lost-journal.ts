import { oneVictim } from '../draws.ts'
import type { Fault } from '../fault.ts'

export const lostJournal: Fault = {
  name: 'lostJournal',
  claim:
    'a node whose vote journal is gone learns where its votes can be, and votes on without a second one',
  draw: oneVictim({ min: 50, max: 3_000 }, () => 0),
  strike: (federation, { machines, forMs }) => {
    for (const machine of machines.map(federation.machine)) {
      machine.impair('journal')
      machine.end('power')
      machine.disk.eraseJournal()
      federation.later(forMs, () => machine.boot())
    }
  },
}
