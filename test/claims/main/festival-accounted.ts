import { z } from 'zod'
import type { Claim } from '#test/claims/claim.ts'
import { lastObject, run } from '../../support/federation-command.ts'

const Report = z.object({
  payments: z.number(),
  refused: z.number(),
  lost: z.number(),
  twice: z.number(),
  conserved: z.boolean(),
})

const TILLS = 4
const CROWD = ['--wallets', '40', '--tills', String(TILLS), '--in-flight', '4', '--minutes', '0.1']

export const claim: Claim = {
  area: 'main',
  name: 'festival-accounted',
  bound: `a short festival: lost 0, twice 0, conserved on every node; at least ${TILLS} refused, all as they must be`,
  short: true,
  timeoutMs: 180_000,
  run: async ({ progress }) => {
    const words = ['run', '--silent', 'festival', '--', ...CROWD, '--json']
    const finished = await run('npm', words, { timeoutMs: 170_000, onLine: progress })
    const { payments, refused, lost, twice, conserved } = Report.parse(lastObject(finished))
    const isClean = lost === 0 && twice === 0 && conserved
    return {
      ok: finished.exitCode === 0 && isClean && payments > 0 && refused >= TILLS,
      figure: { payments, refused, lost, twice, conserved },
    }
  },
}
