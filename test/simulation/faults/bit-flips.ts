import { oneVictim } from '../draws.ts'
import type { Fault } from '../fault.ts'
import { createRandom } from '../random.ts'

export const bitFlips: Fault = {
  name: 'bitFlips',
  claim:
    'a node whose journal changed by itself learns where its votes can be; one whose block log or store did stops, or goes on without a wrong word',
  draw: oneVictim({ min: 50, max: 3_000 }, (random) => random.between(1, 3)),
  strike: (federation, { machines, atMs, forMs, amount }) => {
    const random = createRandom(`flips ${federation.swarm.seed} ${atMs}`)
    const where = random.pick(['journal', 'blocks', 'store'] as const)
    for (const machine of machines.map(federation.machine)) {
      machine.impair(where === 'journal' ? 'journal' : 'bits')
      machine.end('power')
      for (let flip = 0; flip < amount; flip++) machine.disk.flip(where, random)
      federation.later(forMs, () => machine.boot())
    }
  },
}
