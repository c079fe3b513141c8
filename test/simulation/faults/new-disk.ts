import type { Fault } from '../fault.ts'

/** Effects within which a copy that begins dies for the first time: a snapshot takes about as many. */
const EFFECTS_MAX = 140
/** How long a snapshot takes where nothing else is wrong, and how often it is looked whether it died. */
const LASTS_MS = 5_000
const AGAIN_MS = 500

export const newDisk: Fault = {
  name: 'newDisk',
  claim:
    'a node that follows and begins anew has the state of the others by a snapshot, whoever lies, and wherever it dies meanwhile',
  draw: (random, { honest, authorities, troubledMs }) =>
    random
      .shuffle(honest.filter((machine) => machine >= authorities))
      .slice(0, 1)
      .map((machine) => ({
        atMs: random.below(troubledMs),
        forMs: random.between(50, 1_500) + LASTS_MS,
        machines: [machine],
        amount: random.chance(0.3) ? 0 : random.between(1, EFFECTS_MAX),
      })),
  strike: (federation, { machines, forMs, amount }) => {
    for (const machine of machines.map(federation.machine)) {
      machine.renew()
      const bornMs = forMs - LASTS_MS
      federation.later(bornMs, () => {
        machine.boot()
        if (amount > 0) machine.endAfter(amount, amount % 2 === 0 ? 'power' : 'kill')
      })
      for (let atMs = bornMs + AGAIN_MS; atMs <= forMs; atMs += AGAIN_MS) {
        federation.later(atMs, () => machine.boot())
      }
    }
  },
}
