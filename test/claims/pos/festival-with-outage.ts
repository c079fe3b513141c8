import { z } from 'zod'
import type { Claim } from '#test/claims/claim.ts'
import { lastObject, run } from '../../support/federation-command.ts'

const Report = z.object({
  payments: z.number(),
  finalisedPerSecond: z.number(),
  lost: z.number(),
  twice: z.number(),
  conserved: z.boolean(),
  offline: z.object({
    captured: z.number(),
    overdrawn: z.number(),
    unsettled: z.number(),
    p99Ms: z.number(),
    finalWithinMs: z.number().nullable(),
  }),
})

const CROWD = ['--wallets', '5000', '--tills', '40', '--minutes', '3', '--outage', '60']
const WITHIN_MS = 1_500_000

export const claim: Claim = {
  area: 'pos',
  name: 'festival-with-outage',
  bound: `npm run festival -- ${CROWD.join(' ')}: lost 0, twice 0, conserved, overdrawn 0`,
  short: false,
  timeoutMs: WITHIN_MS,
  run: async ({ progress }) => {
    const words = ['run', '--silent', 'festival', '--', ...CROWD, '--json']
    const finished = await run('npm', words, { timeoutMs: WITHIN_MS, onLine: progress })
    const { offline, lost, twice, conserved, ...figures } = Report.parse(lastObject(finished))
    const isClean = lost === 0 && twice === 0 && conserved && offline.overdrawn === 0
    return {
      ok: finished.exitCode === 0 && isClean && offline.captured > 0,
      figure: { lost, twice, conserved, ...figures, ...offline },
    }
  },
}
