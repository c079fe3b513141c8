import { z } from 'zod'
import type { Claim } from '#test/claims/claim.ts'
import { lastObject, run } from '../../support/federation-command.ts'

const MUTANTS_MIN = 60
const TIMEOUT_MS = 3_600_000

const Report = z.object({
  mutants: z.int(),
  caught: z.int(),
  survivors: z.array(z.string()),
  by: z.record(z.string(), z.string()),
  control: z.object({ runs: z.int(), failed: z.array(z.int()) }),
  seconds: z.number(),
})

export const claim: Claim = {
  area: 'simulator',
  name: 'all-mutants-caught',
  bound: `at least ${MUTANTS_MIN} broken rules, each noticed within its seeds, and the product passes the same seeds`,
  short: false,
  timeoutMs: TIMEOUT_MS,
  run: async ({ progress }) => {
    const words = ['run', '--silent', 'simulate', '--', '--mutants', '--json']
    const finished = await run('npm', words, { timeoutMs: TIMEOUT_MS - 20_000, onLine: progress })
    const { mutants, caught, survivors, by, control, seconds } = Report.parse(lastObject(finished))
    return {
      ok:
        finished.exitCode === 0 &&
        mutants >= MUTANTS_MIN &&
        caught === mutants &&
        Object.keys(by).length === mutants &&
        control.failed.length === 0,
      figure: { mutants, caught, survivors, controlRuns: control.runs, seconds },
    }
  },
}
