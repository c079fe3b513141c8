import { z } from 'zod'
import type { Claim } from '#test/claims/claim.ts'
import { lastObject, run } from '../../support/federation-command.ts'

const Report = z.object({ seeds: z.number(), failed: z.array(z.unknown()), seconds: z.number() })

const SEEDS = 300

export const claim: Claim = {
  area: 'main',
  name: 'simulator-seeds',
  bound: `${SEEDS} seeds, none fails`,
  short: false,
  timeoutMs: 900_000,
  run: async ({ progress }) => {
    const words = ['run', '--silent', 'simulate', '--', '--seeds', String(SEEDS), '--json']
    const finished = await run('npm', words, { timeoutMs: 880_000, onLine: progress })
    const { seeds, failed, seconds } = Report.parse(lastObject(finished))
    return {
      ok: finished.exitCode === 0 && seeds === SEEDS && failed.length === 0,
      figure: { seeds, failed: failed.length, seconds },
    }
  },
}
