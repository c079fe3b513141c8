import type { Fault } from '../fault.ts'

/** How long before its end the directory was copied, at most. */
const AGE_MAX_MS = 4_000

export const rolledBackDirectory: Fault = {
  name: 'rolledBackDirectory',
  claim:
    'a node that is put back to an older copy of its directory finds out, and votes on without forking',
  draw: (random, { victims, troubledMs }) =>
    random
      .shuffle(victims)
      .slice(0, 1)
      .map((victim) => {
        const amount = random.between(100, AGE_MAX_MS)
        return {
          atMs: random.below(troubledMs - AGE_MAX_MS),
          forMs: amount + random.between(50, 3_000),
          machines: [victim],
          amount,
        }
      }),
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines.map(federation.machine)) {
      const image = machine.disk.image()
      federation.later(amount, () => {
        machine.impair('directory')
        machine.end('power')
        machine.disk.restore(image)
      })
      federation.later(forMs, () => machine.boot())
    }
  },
}
