import { drawSwarm } from '#test/simulation/draw-swarm.ts'
import { simulate } from '#test/simulation/simulate.ts'
import type { Claim } from '../claim.ts'

const SEEDS = 6

export const claim: Claim = {
  area: 'simulator',
  name: 'same-seed-same-trace',
  bound: `${SEEDS} seeds, each twice: the same trace, and another one than every other seed`,
  short: true,
  run: async ({ progress }) => {
    const traces = new Set<string>()
    let different = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      progress(`seed ${seed}`)
      const [once, twice] = [simulate(drawSwarm(seed)), simulate(drawSwarm(seed))]
      traces.add(once.trace)
      if (once.trace !== twice.trace) different += 1
    }
    return {
      ok: different === 0 && traces.size === SEEDS,
      figure: { seeds: SEEDS, different, traces: traces.size },
    }
  },
}
