import { z } from 'zod'
import type { Claim } from '#test/claims/claim.ts'
import { lastObject, run } from '../../support/federation-command.ts'

const Tally = z.record(z.string(), z.number())
const Report = z.object({
  seeds: z.number(),
  failed: z.array(z.unknown()),
  faults: Tally,
  byzantine: Tally,
  marks: Tally,
  seconds: z.number(),
})

const SEEDS = 300

export const claim: Claim = {
  area: 'main',
  name: 'simulator-seeds',
  bound: `${SEEDS} seeds, none fails; every fault and every adversary happened`,
  short: false,
  timeoutMs: 900_000,
  run: async ({ progress }) => {
    const words = ['run', '--silent', 'simulate', '--', '--seeds', String(SEEDS), '--json']
    const finished = await run('npm', words, { timeoutMs: 880_000, onLine: progress })
    const { seeds, failed, seconds, ...tallies } = Report.parse(lastObject(finished))
    const { faults, byzantine } = tallies
    const counts = [...Object.values(faults), ...Object.values(byzantine)]
    const rarest = Math.min(...counts)
    return {
      ok: finished.exitCode === 0 && seeds === SEEDS && failed.length === 0 && rarest > 0,
      figure: { seeds, failed: failed.length, kinds: counts.length, rarest, seconds },
    }
  },
}
