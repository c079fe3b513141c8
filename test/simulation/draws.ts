import type { Fault } from './fault.ts'
import type { RandomSource } from './random.ts'

type Range = { readonly min: number; readonly max: number }

/** One blow to one of those who may be harmed for good, if there is any. */
export const oneVictim =
  (forMs: Range, amount: (random: RandomSource) => number): Fault['draw'] =>
  (random, { victims, troubledMs }) =>
    random
      .shuffle(victims)
      .slice(0, 1)
      .map((victim) => ({
        atMs: random.below(troubledMs),
        forMs: random.between(forMs.min, forMs.max),
        machines: [victim],
        amount: amount(random),
      }))

/** A disk whose acts fail like this for a while; then the machine starts again. */
export const troubledDisk = (code: 'EIO' | 'ENOSPC'): Pick<Fault, 'draw' | 'strike'> => ({
  draw: (random, { honest, troubledMs }) =>
    Array.from({ length: random.between(1, 3) }, () => ({
      atMs: random.below(troubledMs),
      forMs: random.between(50, 4_000),
      machines: random.shuffle(honest).slice(0, 1),
      amount: 0,
    })),
  strike: (federation, { machines, forMs }) => {
    for (const machine of machines.map(federation.machine)) {
      machine.disk.trouble(code)
      federation.later(forMs, () => {
        machine.disk.trouble(undefined)
        machine.boot()
      })
    }
  },
})
