import { z } from 'zod'
import type { Claim } from '#test/claims/claim.ts'
import { lastObject, run } from '../../support/federation-command.ts'

const Report = z.object({
  payments: z.number(),
  finalisedPerSecond: z.number(),
  idle: z.object({ p50Ms: z.number() }),
  loaded: z.object({ p50Ms: z.number(), p99Ms: z.number() }),
  lost: z.number(),
  twice: z.number(),
  conserved: z.boolean(),
})

const PER_SECOND_MIN = 1_000
const IDLE_P50_MAX_MS = 25
const CROWD = ['--wallets', '2000', '--tills', '8', '--in-flight', '16', '--minutes', '1']

export const claim: Claim = {
  area: 'main',
  name: 'festival-figures',
  bound: `lost 0, twice 0, conserved, idle p50 ≤ ${IDLE_P50_MAX_MS} ms, ≥ ${PER_SECOND_MIN} finalised a second`,
  short: false,
  run: async ({ progress }) => {
    const finished = await run('npm', ['run', '--silent', 'festival', '--', ...CROWD, '--json'], {
      timeoutMs: 400_000,
      onLine: progress,
    })
    const report = Report.parse(lastObject(finished))
    const { payments, finalisedPerSecond, idle, loaded, lost, twice, conserved } = report
    return {
      ok:
        finished.exitCode === 0 &&
        lost === 0 &&
        twice === 0 &&
        conserved &&
        idle.p50Ms <= IDLE_P50_MAX_MS &&
        finalisedPerSecond >= PER_SECOND_MIN,
      figure: {
        ...{ payments, finalisedPerSecond, lost, twice, conserved },
        ...{ idleP50Ms: idle.p50Ms, loadedP50Ms: loaded.p50Ms, loadedP99Ms: loaded.p99Ms },
      },
    }
  },
}
